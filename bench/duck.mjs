// DuckDB's side of the bench: one JSON command per line, one JSON line back, as klarsyn_bench does.
//   {"do":"open","file":...}  {"do":"run","sql":...}  {"do":"sql","sql":...,"kinds":"ti","runs":3}
import { DuckDBInstance } from "@duckdb/node-api";
import { createInterface } from "node:readline";

let connection;

function cell(value, kind) {
  if (value === null) return null;
  return kind === "i" ? Number(value) : String(value);
}

async function answer(command) {
  if (command.do === "open") {
    const instance = await DuckDBInstance.create(command.file, { threads: "2" });
    connection = await instance.connect();
    return {};
  }
  if (command.do === "run") {
    await connection.run(command.sql);
    return {};
  }
  const wall = [];
  let rows = [];
  const cpu = process.cpuUsage();
  for (let run = 0; run < (command.runs ?? 1); ++run) {
    const start = process.hrtime.bigint();
    const reader = await connection.runAndReadAll(command.sql);
    rows = reader.getRows();
    wall.push(Number(process.hrtime.bigint() - start) / 1e9);
  }
  const used = process.cpuUsage(cpu);
  return {
    wall_s: wall,
    cpu_s: (used.user + used.system) / 1e6,
    rows: rows.map((row) => row.map((value, i) => cell(value, command.kinds[i]))),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + "\n");
}
