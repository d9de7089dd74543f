/**
 * Approvals of one purpose. Their rows are of kind `login`, since the CHECK knows no third; a purpose makes them what they are. The version before takes no
 * step with them: their ids, scenes and codes lead to other secrets than it looks for (docs/decisions/0019).
 */
export const verify = `
ALTER TABLE flows ADD COLUMN purpose_sealed BLOB;
ALTER TABLE flows ADD COLUMN named_user TEXT;
CREATE INDEX flows_named ON flows (named_user) WHERE named_user IS NOT NULL;

ALTER TABLE sign_ins ADD COLUMN purpose_sealed BLOB;

ALTER TABLE apps ADD COLUMN verify_assurance TEXT CHECK (verify_assurance IN ('tap', 'number', 'code'));
`
