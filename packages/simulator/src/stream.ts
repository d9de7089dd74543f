type Change = {
  kind: 'chat' | 'people' | 'accounts' | 'codes' | 'page' | 'push' | 'sms' | 'mail' | 'popup' | 'reset'
  person?: string
  account?: string
}

/** Tells the phone page what to read again; it carries no content itself. */
export type Stream = {
  publish(change: Change): void
  subscribe(listener: (change: Change) => void): () => void
}

export function createStream(): Stream {
  const listeners = new Set<(change: Change) => void>()
  return {
    publish(change) {
      for (const listener of listeners) listener(change)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
