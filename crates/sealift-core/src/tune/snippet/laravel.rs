//! Laravel (<https://laravel.com/docs/database>). Each process of PHP-FPM has one connection while it serves
//! a request, so the number of processes is the size of the pool.

use super::super::application::Framework;
use super::{Situation, Snippet};

pub(super) fn snippet(situation: &Situation) -> Snippet {
    let workers = situation.workers;
    let options = match situation.loses_sessions {
        true => {
            "        'options' => [\n            // A pooler gives each transaction another session, without our \
             prepared statements.\n            PDO::ATTR_EMULATE_PREPARES => true,\n        ],\n"
        }
        false => "",
    };
    Snippet {
        framework: Framework::Laravel,
        file: "config/database.php",
        needs: "Laravel 9, php-pgsql",
        text: format!(
            "\
// In the pool of PHP-FPM (www.conf): pm.max_children = {workers}
'connections' => [
    'pgsql' => [
        'driver' => 'pgsql',
        'url' => env('DATABASE_URL'),
        'charset' => 'utf8',
        'prefix' => '',
        'prefix_indexes' => true,
        'search_path' => 'public',
        'sslmode' => env('DB_SSL_MODE', 'prefer'),
{options}    ],
],
"
        ),
        start: None,
    }
}
