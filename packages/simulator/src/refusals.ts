/** A refused call of the control API. */
export class Refusal extends Error {
  readonly status: 400 | 403 | 404 | 409
  readonly code: string
  constructor(status: 400 | 403 | 404 | 409, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}
