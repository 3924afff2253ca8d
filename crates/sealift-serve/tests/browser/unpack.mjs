// Unpacks the browser that @sparticuz/chromium ships: node unpack.mjs FOLDER, where npm has installed it.
//
// The package does this itself, each time it is started and into the folder of temporary files; two tests
// that begin together would then run a browser that is half there.

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";

const [folder] = process.argv.slice(2);
const packed = join(folder, "node_modules/@sparticuz/chromium/bin");
const target = join(folder, "bin");

mkdirSync(target, { recursive: true });
const unpacked = (name) => brotliDecompressSync(readFileSync(join(packed, name)));

writeFileSync(join(target, "chromium"), unpacked("chromium.br"));
chmodSync(join(target, "chromium"), 0o755);

// Its own fonts: a page looks the same on a machine that has none.
const archive = join(target, "fonts.tar");
writeFileSync(archive, unpacked("fonts.tar.br"));
execFileSync("tar", ["-xf", archive, "-C", target]);
rmSync(archive);
