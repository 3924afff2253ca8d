//! What can be wrong with a server and the way to it, as rows of the runbook. What the server itself
//! reports with a SQLSTATE stands in `sqlstate`.

use crate::error::known;

known! {
    NOTHING_LISTENS, Unreachable, "nothing listens at",
        "the server is not started, has another port, or its container's port is not published",
        "start the server, or check the host and the port; `sealift check URL --wait 60` waits";
    NO_SUCH_HOST, Unreachable, "there is no address for host",
        "the name is misspelt, or exists only inside Docker or Kubernetes",
        "check the spelling of the host: getent hosts HOST; inside Docker or Kubernetes its name is the service's";
    NO_WAY, Unreachable, "there is no way to",
        "this network has no route there; an address with colons is IPv6, which not every network has",
        "for an IPv6 address, use the provider's pooled or IPv4 address; else check VPN and routes: ip route get ADDRESS";
    NO_ANSWER, Unreachable, "no answer within",
        "a firewall drops what is sent, the address is wrong, or the server sleeps",
        "check the host, the port and the firewall: nc -vz HOST PORT; or wait longer with connect_timeout=SECONDS";
    BROKE, Unreachable, "the connection broke",
        "the other side closed it: a proxy without a server behind it, or a server that crashed",
        "look into the server's log, and run the same command again";
    NOT_POSTGRES, Unreachable, "it is not PostgreSQL that listens",
        "another program has the port, or a proxy that ends TLS itself",
        "check the port, which is usually 5432: ss -ltnp shows who listens; for a proxy that expects TLS at once, add sslnegotiation=direct";
    OTHER_PEER, Unreachable, "the server runs as another user than `requirepeer` names",
        "somebody else listens at this socket",
        "check the folder of the socket, and who runs the server";

    TLS_NOT_OFFERED, Unreachable, "the server does not offer TLS",
        "it has `ssl = off`, and this sslmode insists",
        "turn on TLS in the server (ssl = on), or use sslmode=prefer";
    TLS_FAILED, Unreachable, "the TLS handshake failed",
        "both sides could not agree: another version of TLS, other ciphers, or a proxy in between",
        "check that the port is PostgreSQL's and that the server speaks TLS 1.2 or 1.3: openssl s_client -starttls postgres -connect HOST:PORT";
    NOT_DIRECT, Unreachable, "the server does not know sslnegotiation=direct",
        "servers do since PostgreSQL 17; older ones want to be asked for TLS first",
        "leave sslnegotiation out";
    REJECTED_PLAIN, Unreachable, "the server refuses this login without encryption",
        "its pg_hba.conf has no line for a connection without TLS from here",
        "use sslmode=require, or ask the server's administrator for a line in pg_hba.conf";
    CERTIFICATE_UNKNOWN, Unreachable, "the server's certificate is not trusted",
        "none of the root certificates has signed it",
        "give the authority's certificate: sslrootcert=FILE (managed servers offer it for download), or sslrootcert=system for a public one";
    CERTIFICATE_FOR_OTHER, Unreachable, "the server's certificate is for another name",
        "the host in the address is not among the names of the certificate",
        "use one of its names as the host (hostaddr=ADDRESS says where it is), or sslmode=verify-ca";
    CERTIFICATE_OUT_OF_DATE, Unreachable, "the server's certificate is out of date",
        "its time, or that of the root, is over or has not come",
        "have the certificate renewed; check this machine's clock: date -u";
    CERTIFICATE_REVOKED, Unreachable, "the server's certificate was revoked",
        "its issuer took it back, or has no current list of those in sslcrl",
        "ask the server's administrator; a list that is out of date must be fetched anew";
    CERTIFICATE_VERSION_1, Unreachable, "the server's certificate is of X.509 version 1",
        "such old certificates are taken without a revocation list only, and if every certificate above them is of version 3",
        "have a new one made with a subjectAltName, or leave sslcrl out";
    CERTIFICATE_UNUSABLE, Unreachable, "the server's certificate cannot be used",
        "it breaks the rules for a server's certificate: uses, algorithms, or its form",
        "have a new one made: at least RSA with 2048 bits or ECDSA, with SHA-256, and a subjectAltName";
    NAMELESS, Usage, "sslmode=verify-full needs the name of the host",
        "only hostaddr was given, and there is no name to compare the certificate with",
        "give the name as host beside hostaddr, or use sslmode=verify-ca";
    NO_ROOT_CERTIFICATE, Usage, "there is no root certificate to check the server with",
        "sslmode=verify-ca or verify-full was asked for, or sslrootcert was given, but the file is not there",
        "give sslrootcert=FILE, put it at ~/.postgresql/root.crt, or use sslrootcert=system";
    CERTIFICATES_UNREADABLE, Usage, "cannot use the certificate file",
        "it is not there, not readable, or not in PEM form",
        "check the path; a file in DER form becomes PEM by: openssl x509 -inform der -in FILE";
    CLIENT_CERTIFICATE_WANTED, Unreachable, "the server wants a client certificate",
        "its pg_hba.conf says `cert` or `clientcert`",
        "give sslcert=FILE and sslkey=FILE, or put them at ~/.postgresql/postgresql.crt and postgresql.key";
    CLIENT_CERTIFICATE_REFUSED, Unreachable, "the server refuses the client certificate",
        "it is not signed by the server's ssl_ca_file, has expired, or is for another role",
        "check with: openssl verify -CAfile CA FILE; its common name must be the role's";
    CERTIFICATE_NOT_ASKED, Unreachable, "the server did not ask for a client certificate",
        "sslcertmode=require insists on it",
        "set ssl_ca_file in the server, or leave sslcertmode out";
    CLIENT_KEY_MISSING, Usage, "a client certificate and its key are needed",
        "one of the two is not there",
        "give both: sslcert=FILE and sslkey=FILE";
    CLIENT_KEY_OPEN, Usage, "the client key is open to others",
        "whoever reads it can log in as you",
        "chmod 0600 FILE (0640 where root owns it)";
    CLIENT_KEY_ENCRYPTED, Usage, "the client key is encrypted",
        "Sealift reads keys without a password only",
        "openssl pkey -in FILE -out PLAIN && chmod 0600 PLAIN, then sslkey=PLAIN";

    PASSWORD_WANTED, Unreachable, "the server wants a password",
        "none was given",
        "give it in the URL, in PGPASSWORD or in ~/.pgpass";
    PASSWORD_WRONG, Unreachable, "the server does not take the password",
        "it is wrong, there is no such role, or it is not escaped in the URL",
        "check the password, or set a new one in psql as administrator: \\password ROLE; in a URL, write % as %25, @ as %40, / as %2F";
    NO_CHANNEL_BINDING, Unreachable, "channel binding is required but not to be had",
        "it needs TLS and a password of kind scram-sha-256 on the server",
        "leave channel_binding out, or give the role a scram-sha-256 password";
    METHOD_FORBIDDEN, Unreachable, "`require_auth` does not allow this login",
        "the server asks in another way than you allow; nothing was sent to it",
        "check that it is the right server, or change require_auth";
    METHOD_UNKNOWN, Unreachable, "the server wants a way to log in that Sealift does not know",
        "its pg_hba.conf says gss, sspi or oauth",
        "ask for a line with scram-sha-256 or cert in pg_hba.conf";
    REJECTED, Unreachable, "the server refuses this login",
        "its pg_hba.conf has no line that lets this user in from here, or one that rejects",
        "the server's administrator adds a line to pg_hba.conf: host DATABASE ROLE ADDRESS scram-sha-256; then: select pg_reload_conf()";
    PEER_REFUSED, Unreachable, "the server takes you for another user",
        "over a Unix socket, peer authentication compares the system's user with the role",
        "run as that user (sudo -u NAME), or log in over TCP: host=localhost";
    NO_ROLE, Unreachable, "there is no role that may log in so",
        "the role does not exist, or has no LOGIN",
        "make it: create role ROLE login, or log in as another";
    NO_DATABASE, Unreachable, "there is no such database",
        "it has to be made first",
        "make it: createdb DATABASE";
    MAY_NOT_CONNECT, Permission, "the role may not connect to the database",
        "CONNECT was revoked from it",
        "as owner: grant connect on database DATABASE to ROLE";
    TOO_MANY_OF_ROLE, Unreachable, "too many connections for role",
        "`connection limit` of the role is reached",
        "close other connections of the role, or as administrator: alter role ROLE connection limit -1";
    TOO_MANY_OF_DATABASE, Unreachable, "too many connections for database",
        "`connection limit` of the database is reached",
        "close other connections to it, or as owner: alter database DATABASE connection limit -1";
    TOO_MANY, Unreachable, "too many connections",
        "max_connections is reached, apart from what superuser_reserved_connections and reserved_connections keep back",
        "close other connections (select * from pg_stat_activity shows them), use fewer --jobs, or raise max_connections";
    POOL_EXHAUSTED, Unreachable, "no connection of the pool is free",
        "default_pool_size or max_client_conn of a pooler such as PgBouncer is reached, and nobody gave one back in time",
        "let applications give theirs back, raise default_pool_size and max_client_conn in pgbouncer.ini, or use the server's own address";
    NOT_READY, Unreachable, "the server takes no connections now",
        "it is starting, stopping or recovering",
        "`sealift check URL --wait 60` waits for it";

    IS_STANDBY, Permission, "takes no writes: it is a standby",
        "it only follows another server",
        "name the primary server; of several hosts, host=A,B with target_session_attrs=read-write, the one that takes writes is found";
    READ_ONLY, Permission, "takes no writes",
        "its transactions are read-only by default: for all, for this database or for this role",
        "as owner: alter database DATABASE reset default_transaction_read_only, or the same of the role; else name another server";
    OTHER_KIND, Unreachable, "is of another kind than target_session_attrs asks for",
        "no server in the list is of that kind",
        "leave target_session_attrs out, or name another server";
    TRANSACTION_POOLER, Unreachable, "a connection pooler in transaction mode",
        "what belongs to a session (settings, locks, temporary tables, prepared statements) would be lost between two transactions, or reach somebody else's",
        "use the server's own address and port; or, in PgBouncer, a database entry with pool_mode = session";
    STARTUP_PARAMETER, Unreachable, "a pooler refuses a startup parameter",
        "PgBouncer and its like take only those they know; `options` among them, in older versions",
        "leave `options` out of the address, connect to the server itself, or list it in ignore_startup_parameters";
    TOO_OLD, Target, "older than 14",
        "older servers lack what the comparison needs",
        "use PostgreSQL 14 or newer: pg_upgrade takes this one's data along";
    NOT_UTF8, Target, "the database's encoding is",
        "it cannot hold every text",
        "create the database anew: create database NAME encoding 'UTF8' template template0";
    MAY_NOT_CREATE, Permission, "may not create",
        "the role lacks CREATE: on the database, for a new schema; on the schema, for tables. Since PostgreSQL 15 schema public is its owner's alone",
        "as owner: grant create, usage on schema SCHEMA to ROLE; or --schema NAME, with a schema of the role's own";

    HALF_OPEN, Unreachable, "the connection is half open",
        "the network or the other machine went away without a word",
        "run the same command again when the server can be reached";
    ANOTHER_RUN, Target, "another run works on schema",
        "it holds the lock; one whose machine went away without a word holds it for a minute more",
        "wait for it to end; if it hangs, end its session: select pg_terminate_backend(PROCESS)";
}
