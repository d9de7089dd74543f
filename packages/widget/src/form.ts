/** The file beside this one; build.ts says where a script finds it. */
export function loadForm(): Promise<typeof import('./register.ts')> {
  return import('./register.ts')
}
