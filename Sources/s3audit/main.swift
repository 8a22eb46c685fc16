import S3AuditCLI

await S3Audit.main()
