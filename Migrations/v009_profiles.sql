-- Every profile by which an account is reached, so that it is found by each of them: the column in
-- `account` keeps the last one only.
CREATE TABLE account_profile (
  account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
  profile TEXT NOT NULL,
  PRIMARY KEY (account_id, profile)
) STRICT, WITHOUT ROWID;

INSERT INTO account_profile (account_id, profile)
SELECT id, profile FROM account WHERE profile IS NOT NULL;
