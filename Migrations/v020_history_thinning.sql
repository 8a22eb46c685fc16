-- How long every complete crawl is kept in the history, and how long the last of each week after that; then the
-- last of each month is, for ever. Days, or 'ever'.
INSERT INTO setting (name, value) VALUES ('history_daily_days', '90'), ('history_weekly_days', '730');
