"""What end-to-end tests share: the servers and services they play, and looks at what s3audit leaves behind."""
