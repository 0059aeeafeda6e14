BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0003');
CREATE TABLE attempts (
	id VARCHAR NOT NULL, 
	delivery_id INTEGER NOT NULL, 
	endpoint VARCHAR NOT NULL, 
	record_id VARCHAR NOT NULL, 
	annotation JSON NOT NULL, 
	fingerprint VARCHAR NOT NULL, 
	note_fingerprint VARCHAR, 
	note_before VARCHAR, 
	intended_at FLOAT NOT NULL, 
	outcome VARCHAR, 
	message TEXT DEFAULT '' NOT NULL, 
	answered_at FLOAT, 
	CONSTRAINT pk_attempts PRIMARY KEY (id), 
	CONSTRAINT fk_attempts_delivery_id FOREIGN KEY(delivery_id) REFERENCES deliveries (id)
);
INSERT INTO "attempts" VALUES('f0aeb3d9561840d09846d0231d7c83d6-1',1,'default','0001b661b957e727','{"endpoint":"default","model_id":"TW9kZWw6MTpBYkNk","environment":"tracing","record_id":"0001b661b957e727","start_time":"2026-11-20T09:00:00Z","metrics":[{"name":"Adequacy","kind":"label","value":"Satisfactory","updated_by":"Ada","config_id":null},{"name":"Helpfulness","kind":"score","value":4.0,"updated_by":"Ada","config_id":null}],"note":"Clear."}','905bc262cf53318202222157d4a88cb1','1e41d3978620cab515b1e3af189b2a1a',NULL,1.79552753837538194656e+09,'accepted','',1.79552753847935175892e+09);
INSERT INTO "attempts" VALUES('f0aeb3d9561840d09846d0231d7c83d6-2',2,'default','0002b661b957e727','{"endpoint":"default","model_id":"TW9kZWw6MTpBYkNk","environment":"tracing","record_id":"0002b661b957e727","start_time":"2026-11-20T09:00:00Z","metrics":[{"name":"Adequacy","kind":"label","value":"Satisfactory","updated_by":"Ada","config_id":null},{"name":"Helpfulness","kind":"score","value":3.0,"updated_by":"Ada","config_id":null}],"note":null}','fc3ffdcc88c3da15f2c78b22f3bf443b',NULL,NULL,1.79552753837538194656e+09,'accepted','',1.79552753847935175892e+09);
CREATE TABLE claims (
	endpoint VARCHAR NOT NULL, 
	model_id VARCHAR NOT NULL, 
	environment VARCHAR NOT NULL, 
	record_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	delivery_id INTEGER NOT NULL, 
	fingerprint VARCHAR NOT NULL, 
	CONSTRAINT pk_claims PRIMARY KEY (endpoint, model_id, environment, record_id, name, delivery_id), 
	CONSTRAINT fk_claims_delivery_id FOREIGN KEY(delivery_id) REFERENCES deliveries (id)
);
INSERT INTO "claims" VALUES('default','TW9kZWw6MTpBYkNk','tracing','0001b661b957e727','Adequacy',1,'e5521d1680f4753db90b206e3d55780e1e41d3978620cab515b1e3af189b2a1a');
INSERT INTO "claims" VALUES('default','TW9kZWw6MTpBYkNk','tracing','0001b661b957e727','Helpfulness',1,'623990bc7bdc4419305c30748dccaa951e41d3978620cab515b1e3af189b2a1a');
INSERT INTO "claims" VALUES('default','TW9kZWw6MTpBYkNk','tracing','0002b661b957e727','Adequacy',2,'e5521d1680f4753db90b206e3d55780e');
INSERT INTO "claims" VALUES('default','TW9kZWw6MTpBYkNk','tracing','0002b661b957e727','Helpfulness',2,'729a9abb9926c5d084a68927128d16cb');
CREATE TABLE deliveries (
	id INTEGER NOT NULL, 
	tab_id INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	digest VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	absences INTEGER DEFAULT '0' NOT NULL, 
	observed_at FLOAT NOT NULL, 
	changed_at FLOAT, 
	endpoint VARCHAR, 
	model_id VARCHAR, 
	record_id VARCHAR, 
	annotation JSON, 
	fingerprint VARCHAR, 
	note_fingerprint VARCHAR, 
	problems TEXT DEFAULT '' NOT NULL, 
	kept JSON NOT NULL, 
	withdrawn VARCHAR, 
	attempts INTEGER DEFAULT '0' NOT NULL, 
	first_tried_at FLOAT, 
	next_attempt_at FLOAT DEFAULT '0' NOT NULL, 
	message TEXT DEFAULT '' NOT NULL, 
	delivered_at FLOAT, 
	unsettled BOOLEAN DEFAULT 0 NOT NULL, 
	reassert_at FLOAT, 
	note_attempted VARCHAR, 
	note_accepted VARCHAR, 
	CONSTRAINT pk_deliveries PRIMARY KEY (id), 
	CONSTRAINT fk_deliveries_tab_id FOREIGN KEY(tab_id) REFERENCES tabs (id), 
	CONSTRAINT uq_deliveries_tab_id_key UNIQUE (tab_id, "key")
);
INSERT INTO "deliveries" VALUES(1,1,'0001b661b957e727',2,'4f6881119681c94b041db04027c5c5da','delivered',0,1.79552753827146387103e+09,NULL,'default','TW9kZWw6MTpBYkNk','0001b661b957e727','{"endpoint":"default","model_id":"TW9kZWw6MTpBYkNk","environment":"tracing","record_id":"0001b661b957e727","start_time":"2026-11-20T09:00:00Z","metrics":[{"name":"Adequacy","kind":"label","value":"Satisfactory","updated_by":"Ada","config_id":null},{"name":"Helpfulness","kind":"score","value":4.0,"updated_by":"Ada","config_id":null}],"note":"Clear."}','905bc262cf53318202222157d4a88cb1','1e41d3978620cab515b1e3af189b2a1a','','[]',NULL,0,1.79552753837538194656e+09,0.0,'',1.79552753847935175892e+09,0,NULL,'1e41d3978620cab515b1e3af189b2a1a','1e41d3978620cab515b1e3af189b2a1a');
INSERT INTO "deliveries" VALUES(2,1,'0002b661b957e727',3,'8640b5f90729687bcc9641b1774be995','delivered',0,1.79552753827146387103e+09,NULL,'default','TW9kZWw6MTpBYkNk','0002b661b957e727','{"endpoint":"default","model_id":"TW9kZWw6MTpBYkNk","environment":"tracing","record_id":"0002b661b957e727","start_time":"2026-11-20T09:00:00Z","metrics":[{"name":"Adequacy","kind":"label","value":"Satisfactory","updated_by":"Ada","config_id":null},{"name":"Helpfulness","kind":"score","value":3.0,"updated_by":"Ada","config_id":null}],"note":null}','fc3ffdcc88c3da15f2c78b22f3bf443b',NULL,'','[]',NULL,0,1.79552753837538194656e+09,0.0,'',1.79552753847935175892e+09,0,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(3,1,'0003b661b957e727',4,'0593b5f5228e809bb2a9ae4f3d7d495e','rejected',0,1.79552753827146387103e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'Adequacy: "Goood" is not one of Satisfactory, Needs Improvement','[]',NULL,0,NULL,0.0,'',NULL,0,NULL,NULL,NULL);
INSERT INTO "deliveries" VALUES(4,1,'0005b661b957e727',6,'1cc596a6ebc142e68a2489853d46dd3c+37f427d55757401cfc4b4c144de4ab20','rejected',0,1.79552753827146387103e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'Span ID: stands in rows 6 and 7','[]',NULL,0,NULL,0.0,'',NULL,0,NULL,NULL,NULL);
CREATE TABLE drive_tokens (
	account VARCHAR NOT NULL, 
	token VARCHAR NOT NULL, 
	since FLOAT NOT NULL, 
	CONSTRAINT pk_drive_tokens PRIMARY KEY (account)
);
CREATE TABLE endpoints (
	name VARCHAR NOT NULL, 
	dialect VARCHAR, 
	CONSTRAINT pk_endpoints PRIMARY KEY (name)
);
INSERT INTO "endpoints" VALUES('default','seed');
CREATE TABLE holds (
	mapping VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	rows INTEGER NOT NULL, 
	digest VARCHAR NOT NULL, 
	since FLOAT NOT NULL, 
	CONSTRAINT pk_holds PRIMARY KEY (mapping)
);
CREATE TABLE mappings (
	name VARCHAR NOT NULL, 
	read_at FLOAT, 
	trouble TEXT DEFAULT '' NOT NULL, 
	trouble_since FLOAT, 
	needs_person BOOLEAN DEFAULT 0 NOT NULL, 
	paused BOOLEAN DEFAULT 0 NOT NULL, 
	approved_at FLOAT, 
	CONSTRAINT pk_mappings PRIMARY KEY (name)
);
INSERT INTO "mappings" VALUES('support-answers',1.79552753827146387103e+09,'',NULL,0,0,NULL);
CREATE TABLE outages (
	endpoint VARCHAR NOT NULL, 
	model_id VARCHAR NOT NULL, 
	until FLOAT NOT NULL, 
	message TEXT NOT NULL, 
	needs_person BOOLEAN NOT NULL, 
	failures INTEGER NOT NULL, 
	CONSTRAINT pk_outages PRIMARY KEY (endpoint, model_id)
);
CREATE TABLE passes (
	id INTEGER NOT NULL, 
	tab_id INTEGER NOT NULL, 
	at FLOAT NOT NULL, 
	counts JSON NOT NULL, 
	CONSTRAINT pk_passes PRIMARY KEY (id), 
	CONSTRAINT fk_passes_tab_id FOREIGN KEY(tab_id) REFERENCES tabs (id)
);
INSERT INTO "passes" VALUES(1,1,1.79552753827146387103e+09,'{"new":2,"rejected":1,"duplicate":1,"moved":0,"vanished":0}');
CREATE TABLE spreadsheets (
	id VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	locale VARCHAR NOT NULL, 
	zone VARCHAR NOT NULL, 
	tabs JSON NOT NULL, 
	read_at FLOAT NOT NULL, 
	CONSTRAINT pk_spreadsheets PRIMARY KEY (id)
);
INSERT INTO "spreadsheets" VALUES('1ReleasedSpreadsheet','Support answers','en_US','Etc/GMT','[[0,"Review",1000]]',1.79552753826426172252e+09);
CREATE TABLE tabs (
	id INTEGER NOT NULL, 
	mapping VARCHAR NOT NULL, 
	spreadsheet VARCHAR NOT NULL, 
	gid INTEGER NOT NULL, 
	title VARCHAR NOT NULL, 
	zone VARCHAR NOT NULL, 
	revision VARCHAR, 
	report_due INTEGER DEFAULT '0' NOT NULL, 
	status_metadata INTEGER, 
	unwritable TEXT DEFAULT '' NOT NULL, 
	unwritable_at FLOAT, 
	CONSTRAINT pk_tabs PRIMARY KEY (id), 
	CONSTRAINT uq_tabs_mapping_spreadsheet_gid UNIQUE (mapping, spreadsheet, gid)
);
INSERT INTO "tabs" VALUES(1,'support-answers','1ReleasedSpreadsheet',0,'Review','Etc/GMT','279fc0a8c27ed7f8',0,1960600876,'',NULL);
CREATE TABLE targets (
	endpoint VARCHAR NOT NULL, 
	model_id VARCHAR NOT NULL, 
	environment VARCHAR NOT NULL, 
	record_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	value JSON NOT NULL, 
	at FLOAT NOT NULL, 
	delivery_id INTEGER NOT NULL, 
	CONSTRAINT pk_targets PRIMARY KEY (endpoint, model_id, environment, record_id, name), 
	CONSTRAINT fk_targets_delivery_id FOREIGN KEY(delivery_id) REFERENCES deliveries (id)
);
INSERT INTO "targets" VALUES('default','TW9kZWw6MTpBYkNk','tracing','0001b661b957e727','Adequacy','{"name":"Adequacy","kind":"label","value":"Satisfactory","updated_by":"Ada","config_id":null}',1.79552753847935175892e+09,1);
INSERT INTO "targets" VALUES('default','TW9kZWw6MTpBYkNk','tracing','0001b661b957e727','Helpfulness','{"name":"Helpfulness","kind":"score","value":4.0,"updated_by":"Ada","config_id":null}',1.79552753847935175892e+09,1);
INSERT INTO "targets" VALUES('default','TW9kZWw6MTpBYkNk','tracing','0002b661b957e727','Adequacy','{"name":"Adequacy","kind":"label","value":"Satisfactory","updated_by":"Ada","config_id":null}',1.79552753847935175892e+09,2);
INSERT INTO "targets" VALUES('default','TW9kZWw6MTpBYkNk','tracing','0002b661b957e727','Helpfulness','{"name":"Helpfulness","kind":"score","value":3.0,"updated_by":"Ada","config_id":null}',1.79552753847935175892e+09,2);
CREATE TABLE watches (
	spreadsheet VARCHAR NOT NULL, 
	changed_at FLOAT, 
	read_at FLOAT, 
	revision VARCHAR, 
	detection TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_watches PRIMARY KEY (spreadsheet)
);
CREATE INDEX ix_deliveries_due ON deliveries (endpoint, state, tab_id, observed_at DESC, id);
CREATE INDEX ix_deliveries_reassert_at ON deliveries (reassert_at) WHERE reassert_at IS NOT NULL;
CREATE INDEX ix_attempts_delivery_id ON attempts (delivery_id);
CREATE INDEX ix_attempts_in_flight ON attempts (endpoint, record_id) WHERE outcome IS NULL;
CREATE INDEX ix_claims_delivery_id ON claims (delivery_id);
CREATE INDEX ix_targets_delivery_id ON targets (delivery_id);
CREATE INDEX ix_attempts_of_record ON attempts (record_id, endpoint);
COMMIT;
