use super::*;
use tokio_postgres::NoTls;

#[test]
fn what_was_committed_is_there_after_a_crash() {
    let mut server = Server::start();
    let database = server.database();
    database.execute_blocking("create table t as select 7 as a");
    for mode in [StopMode::Immediate, StopMode::Fast, StopMode::Smart] {
        server.stop(mode);
        server.start_again();
        let rows = database.query_text_blocking("select a from t");
        assert_eq!(rows, [[Some("7".to_owned())]], "{mode:?}");
    }
    assert!(server.log().contains("immediate shutdown"), "{}", server.log());
    assert!(server.data_directory().join("PG_VERSION").is_file());
}

#[tokio::test]
async fn a_stopped_server_has_thrown_its_clients_out() {
    let mut server = Server::start();
    let (client, connection) =
        tokio_postgres::connect(&server.url("postgres"), NoTls).await.unwrap();
    let task = tokio::spawn(connection);
    client.batch_execute("select 1").await.unwrap();
    server.stop(StopMode::Fast);
    assert!(client.batch_execute("select 1").await.is_err());
    assert!(task.await.unwrap().is_err());
}

#[tokio::test]
async fn a_password_is_asked_for_and_may_hold_anything() {
    let password = "p@ss:w/rd 'ü%";
    let server = ServerSettings::new().password(password).start();
    let right = tokio_postgres::connect(&server.url("postgres"), NoTls).await;
    drop(right.unwrap());
    let wrong = format!("postgresql://postgres:wrong@127.0.0.1:{}/postgres", server.port());
    let refused = tokio_postgres::connect(&wrong, NoTls).await.err().unwrap();
    assert_eq!(refused.code().unwrap().code(), "28P01");
    assert!(!server.log().contains("p@ss"), "{}", server.log());
}

#[test]
fn its_folder_is_gone_with_it() {
    let server = Server::start();
    let folder = server.socket_folder().to_owned();
    let address = server.address();
    assert!(folder.join(format!(".s.PGSQL.{}", address.port())).exists());
    drop(server);
    assert!(!folder.exists());
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn more_lines_of_configuration_win() {
    let server = ServerSettings::new().configure("fsync = on").start();
    let fsync = server.database().query_text_blocking("show fsync");
    assert_eq!(fsync, [[Some("on".to_owned())]]);
}
