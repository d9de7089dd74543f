import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Those that take minutes, so that no worker is left with one of them in the end: much of it is waiting, beside which others use the processor. */
const longest = ['faults', 'browser/conflicts', 'sending', 'browser/registration', 'browser/arrivals'].map(
  (name) => `/e2e/${name}.test.ts`,
)

/** Vitest's own order, by projects and then by size, but for the stories that take longest. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = longest.findIndex((name) => moduleId.endsWith(name))
      return at < 0 ? longest.length : at
    }
    const sorted = await super.sort(files)
    const stories = sorted.filter((file) => file.project.name === 'stories').sort((a, b) => rank(a) - rank(b))
    return [...sorted.filter((file) => !stories.includes(file)), ...stories]
  }
}
