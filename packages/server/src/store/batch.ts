/** What both engines take as a parameter. */
export type Value = string | number | Uint8Array | null

/** One statement for many rows; the one place where the engines differ in text. */
export interface BatchStatement {
  /** For one row, positional `?`; it is prepared once and run for each row. */
  sqlite: string
  /** For all rows at once: `$1`, `$2` … are the columns, each an array. */
  postgres: string
}

/**
 * A batch of arrivals. First everything that its decisions need is read; what is decided is put down, and written in the end as one
 * transaction. So a batch costs two round trips, whatever its size, and holds no lock while the node thinks.
 */
export interface Batch {
  /** The rows that any of the keys finds. */
  find<Row>(statement: BatchStatement, keys: Value[][]): Promise<Row[]>
  /**
   * To be written, in this order. With `each`, every row must still find the one row it changes: if a neighbour changed it meanwhile, nothing
   * of the batch is written, and it is read and decided again.
   */
  put(statement: BatchStatement, rows: Value[][], expect: 'each' | 'any'): void
  /** As `each`, for a statement that reads: when the batch is written, the keys must find so many rows. */
  check(statement: BatchStatement, keys: Value[][], count: number): void
  /**
   * Before anything is written, the name is held until the transaction ends: alone, or with whoever else shares it. Where one writer has the
   * database to itself there is nothing to hold.
   */
  hold(name: string, how: 'shared' | 'alone'): void
}

/** What a transaction does last: append-only rows, and names to tell. */
export interface Ending {
  appended: Map<BatchStatement, Value[][]>
  names: Set<string>
}

export interface Endings {
  /** A fresh ending for a transaction that begins. */
  begin(tx: object): Ending
  append(tx: object, statement: BatchStatement, row: Value[]): void
  changed(tx: object, names: Iterable<string>): void
}

export function createEndings(): Endings {
  const endings = new WeakMap<object, Ending>()
  function of(tx: object): Ending {
    const ending = endings.get(tx)
    if (!ending) throw new Error('this is no transaction of the store')
    return ending
  }
  return {
    begin(tx) {
      const ending = { appended: new Map(), names: new Set<string>() }
      endings.set(tx, ending)
      return ending
    },
    append(tx, statement, row) {
      const { appended } = of(tx)
      const rows = appended.get(statement)
      if (rows) rows.push(row)
      else appended.set(statement, [row])
    },
    changed(tx, names) {
      const ending = of(tx)
      for (const name of names) ending.names.add(liveName(name))
    },
  }
}

/**
 * Names travel shortened to their last ten characters, fifty random bits of an id: a batch's notification then fits into PostgreSQL's 8 kB.
 * Two that look alike cost somebody a look at the database.
 */
export function liveName(name: string): string {
  return name.slice(-10)
}

/** Columns from rows: what `unnest` wants. */
export function columnsOf(rows: Value[][]): Value[][] {
  const width = rows[0]?.length ?? 0
  return Array.from({ length: width }, (_, column) => rows.map((row) => row[column] ?? null))
}
