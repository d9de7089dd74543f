/** What is old enough to be forgotten is found without reading the rest. */
export const quarantineAge = `
CREATE INDEX quarantine_age ON quarantine (received_at);
`
