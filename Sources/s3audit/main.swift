import S3AuditCLI
