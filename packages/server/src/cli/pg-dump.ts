import pg from 'pg'
import type { Secret } from '../vault/secret.ts'

/** How this database is backed up and restored with PostgreSQL's own tools. The password is not in it: others see the command lines of a machine. */
export function pgDumpGuide(databaseUrl: Secret, file: string): string {
  // What the driver makes of the address, its defaults included, is where the data is.
  const { host, port, user = '', database = '' } = new pg.Client({ connectionString: databaseUrl.reveal() })
  const to = [`--host=${quoted(host)}`, `--port=${port}`, `--username=${quoted(user)}`, `--dbname=${quoted(database)}`]
  const tls = tlsOf(databaseUrl)
  return `The data is in PostgreSQL. Back it up with PostgreSQL's own tools, for example:

  ${[...tls, 'pg_dump', ...to, '--format=custom', `--file=${quoted(file)}`].join(' ')}

Restore into an empty database, before any node is started, and keep what was not sent from being sent again:

  ${[...tls, 'pg_restore', ...to, '--no-owner', quoted(file)].join(' ')}
  hufu outbox pause

They ask for the password, or find it in ~/.pgpass, in a file that PGPASSFILE names, or in PGPASSWORD. Never write it on a command line.`
}

/** TLS as the driver reads the address: whatever it asks for but no-verify, certificate and name are checked. */
function tlsOf(databaseUrl: Secret): string[] {
  const { searchParams } = new URL(databaseUrl.reveal())
  const mode = searchParams.get('sslmode')
  const files = ['sslrootcert', 'sslcert', 'sslkey'].flatMap((name) => {
    const path = searchParams.get(name)
    return path ? [`PG${name.toUpperCase()}=${quoted(path)}`] : []
  })
  if (mode === 'disable') return ['PGSSLMODE=disable']
  if (mode === 'no-verify') return ['PGSSLMODE=require', ...files]
  if (!mode && files.length === 0) return []
  return ['PGSSLMODE=verify-full', ...(searchParams.has('sslrootcert') ? [] : ['PGSSLROOTCERT=system']), ...files]
}

/** As one word of a shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
