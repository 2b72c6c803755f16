package website_test

import (
	"crypto"
	"errors"
	"io"
)

// forgotten are files that people leave on websites, each as it begins.
func forgotten() map[string]string {
	const sql = "-- MySQL dump 10.19  Distrib 10.3.39-MariaDB\n--\nCREATE TABLE `users` (\n"
	const gzip = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03rest"
	return map[string]string{
		".git/HEAD":         "0123456789abcdef0123456789abcdef01234567\n",
		".svn/wc.db":        "SQLite format 3\x00\x10\x00",
		".hg/requires":      "dotencode\nfncache\nrevlogv1\nstore\n",
		".env":              "APP_NAME=Mokykla\nAPP_KEY=base64:x\n",
		"wp-config.php.bak": "<?php\ndefine( 'DB_NAME', 'mokykla' );\ndefine( 'DB_PASSWORD', 'x' );\n",
		"wp-config.php~":    "<?php\ndefine('DB_USER', 'x');\n",
		// An editor that was killed leaves this.
		".wp-config.php.swp":             "b0VIM 8.2\x00\x00",
		"configuration.php.bak":          "<?php\nclass JConfig {\n\tpublic $password = 'x';\n}\n",
		"sites/default/settings.php.bak": "<?php\n$databases['default']['default'] = [];\n",
		"config.php.bak":                 "<?php\n$db_password = 'x';\n",
		".htpasswd":                      "admin:$apr1$abcdefgh$0123456789abcdefghijk.\n",
		".aws/credentials":               "[default]\naws_access_key_id = AKIAX\naws_secret_access_key = x\n",
		"error_log":                      "[01-Sep-2026 07:30:00 Europe/Vilnius] PHP Fatal error:  Uncaught Error\n",
		"trace.axd":                      "<html><head><title>/Trace.axd</title></head>",
		"id_rsa":                         "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn\n",
		".vscode/sftp.json":              "{\n  \"host\": \"ftp.mokykla.example\",\n  \"password\": \"x\"\n}\n",
		"backup.zip":                     "PK\x03\x04\x14\x00rest",
		"backup.tar.gz":                  gzip,
		"dump.sql.gz":                    gzip,
		"site.sql":                       sql,
		"backup.sql":                     "--\n-- PostgreSQL database dump\n--\n",
		"db.sql":                         "-- phpMyAdmin SQL Dump\n-- version 5.2.1\n",
		"phpinfo.php":                    "<html><head><title>PHP 8.2.1 - phpinfo()</title></head><body><h1>PHP Version 8.2.1</h1>",
		".DS_Store":                      "\x00\x00\x00\x01Bud1\x00",
		"wp-content/debug.log":           "[01-Sep-2026 07:30:00 UTC] PHP Warning:  Undefined variable in /var/www/x.php\n",
		"web.config":                     "<?xml version=\"1.0\"?>\n<configuration>\n<system.web/>\n",
		"wp-links-opml.php":              "<?xml version=\"1.0\"?>\n<!-- generator=\"WordPress/6.4.2\" -->\n",
		"administrator/manifests/files/joomla.xml": "<?xml version=\"1.0\"?>\n<extension type=\"file\">\n<name>files_joomla</name>\n<version>4.2.7</version>\n",
	}
}

// publicOnly is a key of which only the public half is known.
type publicOnly struct{ key crypto.PublicKey }

func (p publicOnly) Public() crypto.PublicKey { return p.key }

func (publicOnly) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("the private half is not known")
}
