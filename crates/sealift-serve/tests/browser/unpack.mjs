// Unpacks the browser that @sparticuz/chromium ships: node unpack.mjs FOLDER, where npm has installed it.
//
// The package does this itself, each time it is started and into the folder of temporary files; two tests
// that begin together would then run a browser that is half there.

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliDecompressSync } from "node:zlib";

const folder = resolve(process.argv[2]);
const packed = join(folder, "node_modules/@sparticuz/chromium/bin");
const target = join(folder, "bin");

mkdirSync(target, { recursive: true });
const unpacked = (name) => brotliDecompressSync(readFileSync(join(packed, name)));

writeFileSync(join(target, "chromium"), unpacked("chromium.br"));
chmodSync(join(target, "chromium"), 0o755);

// Its fonts, and the libraries that a machine without a browser lacks.
for (const name of ["fonts.tar", "al2023.tar"]) {
  const archive = join(target, name);
  writeFileSync(archive, unpacked(`${name}.br`));
  execFileSync("tar", ["-xf", archive, "--no-same-owner", "-C", target]);
  rmSync(archive);
}

// Its own list of folders is that of another machine. A page looks the same on one that has no fonts; those of
// the machine are there for what these do not have, such as letters of one width.
writeFileSync(
  join(target, "fonts.conf"),
  `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(target, "fonts")}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${join(target, "fonts-cache")}</cachedir>
  <alias binding="same"><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
  <alias binding="same"><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
</fontconfig>
`,
);
