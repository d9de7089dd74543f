import type { FastifyRequest } from 'fastify'
import { isJson, type Json } from '../api/calls.ts'
import { Refusal } from '../refusals.ts'

function bad(name: string, wanted: string): Refusal {
  return new Refusal(400, 'bad_field', `${name} must be ${wanted}`)
}

/** Reads the fields of a control call's JSON body; whatever has the wrong type is refused by name. */
export type Input = {
  body: Json
  text(name: string): string | undefined
  requiredText(name: string): string
  textOrNull(name: string): string | null | undefined
  flag(name: string): boolean | undefined
  number(name: string): number | undefined
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined
  texts(name: string): Record<string, string> | undefined
}

function readBody(request: FastifyRequest): Json {
  const text = String(request.body ?? '')
  if (text === '') return {}
  try {
    const body: unknown = JSON.parse(text)
    if (isJson(body)) return body
  } catch {
    // The same refusal as for JSON that is no object.
  }
  throw new Refusal(400, 'bad_json', 'the body must be a JSON object')
}

export function readInput(request: FastifyRequest): Input {
  return inputOf(readBody(request))
}

export function inputOf(body: Json): Input {
  function optional<T>(name: string, is: (value: unknown) => value is T, wanted: string): T | undefined {
    const value = body[name]
    if (value === undefined) return undefined
    if (!is(value)) throw bad(name, wanted)
    return value
  }
  const isText = (value: unknown): value is string => typeof value === 'string'
  const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value)
  const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
  const text = (name: string) => optional(name, isText, 'a string')
  return {
    body,
    text,
    requiredText(name) {
      const value = text(name)
      if (value === undefined || value === '') throw bad(name, 'a non-empty string')
      return value
    },
    textOrNull: (name) => optional(name, isTextOrNull, 'a string or null'),
    flag: (name) => optional(name, (value) => typeof value === 'boolean', 'true or false'),
    number: (name) => optional(name, isNumber, 'a number'),
    choice: <T extends string>(name: string, choices: readonly T[]) =>
      optional(name, (value): value is T => choices.some((choice) => choice === value), `one of ${choices.join(', ')}`),
    texts(name) {
      const value = optional(name, isJson, 'an object')
      if (value === undefined) return undefined
      return Object.fromEntries(
        Object.entries(value).map(([key, one]) => {
          if (!isText(one) && typeof one !== 'number') throw bad(`${name}.${key}`, 'a string')
          return [key, String(one)]
        }),
      )
    },
  }
}
