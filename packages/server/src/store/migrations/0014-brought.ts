/** What a login added to the person it let in: taken back if they say that it was not them. */
export const brought = `
ALTER TABLE sign_ins ADD COLUMN brought TEXT;
`
