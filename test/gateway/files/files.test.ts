/** `/v1/files` through OpenAI's own client: what is kept, for whom, and for how long. */

import assert from "node:assert/strict";
import { readdir, stat } from "node:fs/promises";
import { connect } from "node:net";
import { describe, it } from "node:test";
import OpenAI, { toFile } from "openai";
import { folderOf } from "../../support/folder.ts";
import { until } from "../../support/server.ts";
import { openScene } from "../batches/setup.ts";

const day = 86_400;
const text = (content: string, name = "rows.jsonl") => toFile(Buffer.from(content), name);

async function refused(running: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const error = await running.then(() => undefined, (fault) => fault);
  assert.ok(error instanceof OpenAI.APIError, `nothing was refused: ${error}`);
  return error;
}

describe("files", () => {
  it("are taken, shown, read and deleted", async () => {
    await using scene = await openScene();
    const { files } = scene.red;
    const made = await files.create({ file: await text("a\nb\n", "my rows.jsonl"), purpose: "batch" });
    assert.match(made.id, /^file-[0-9a-f]{32}$/);
    const { id: _, created_at, expires_at = 0, ...rest } = made;
    assert.deepEqual(rest, {
      object: "file",
      bytes: 4,
      filename: "my rows.jsonl",
      purpose: "batch",
      status: "processed",
      status_details: null,
    });
    assert.equal(expires_at - created_at, 30 * day);
    assert.deepEqual(await files.retrieve(made.id), made);
    const content = await files.content(made.id);
    assert.equal(await content.text(), "a\nb\n");
    assert.equal(content.headers.get("content-disposition"), 'attachment; filename="my rows.jsonl"');
    assert.deepEqual(await files.delete(made.id), { id: made.id, object: "file", deleted: true });
    assert.equal((await refused(files.retrieve(made.id))).status, 404);
    assert.equal((await refused(files.content(made.id))).status, 404);
  });

  it("may be empty", async () => {
    await using scene = await openScene();
    const { id, bytes } = await scene.red.files.create({ file: await text(""), purpose: "user_data" });
    assert.equal(bytes, 0);
    assert.equal(await (await scene.red.files.content(id)).text(), "");
  });

  it("of many megabytes come back as they were", async () => {
    await using scene = await openScene();
    const bytes = Buffer.alloc(6_000_000, "0123456789");
    const { id } = await scene.red.files.create({ file: await toFile(bytes, "big"), purpose: "assistants" });
    const back = Buffer.from(await (await scene.red.files.content(id)).arrayBuffer());
    assert.ok(back.equals(bytes));
  });

  it("are listed page by page, of one purpose or all, newest first or last", async () => {
    await using scene = await openScene();
    const { files } = scene.red;
    for (const name of ["1", "2", "3", "4", "5"]) {
      await files.create({ file: await text(name, name), purpose: name === "3" ? "user_data" : "batch" });
    }
    const names = async (query: OpenAI.FileListParams) => {
      const found: string[] = [];
      for await (const { filename } of files.list(query)) found.push(filename);
      return found.join("");
    };
    assert.equal(await names({}), "54321");
    assert.equal(await names({ limit: 2 }), "54321");
    assert.equal(await names({ limit: 2, order: "asc" }), "12345");
    assert.equal(await names({ limit: 1, purpose: "batch", order: "asc" }), "1245");
    const first = await files.list({ limit: 2 });
    assert.equal(first.has_more, true);
    assert.equal((await files.list({ limit: 5 })).has_more, false);
  });

  it("are seen by the key that made them, or by its team, and by nobody else", async () => {
    await using scene = await openScene();
    const { red, blue, navy } = scene;
    const { id } = await blue.files.create({ file: await text("x"), purpose: "batch" });
    assert.equal((await navy.files.retrieve(id)).id, id);
    assert.equal((await navy.files.list()).data.length, 1);
    assert.equal((await red.files.list()).data.length, 0);
    for (const asked of [red.files.retrieve(id), red.files.content(id), red.files.delete(id)]) {
      assert.equal((await refused(asked)).status, 404);
    }
    assert.equal((await refused(red.files.list({ after: id }))).status, 404);
    assert.equal((await blue.files.retrieve(id)).id, id);
  });

  it("expire when they say, and their bytes go", async () => {
    await using folder = await folderOf();
    const dataFile = folder.file("loom.db");
    await using scene = await openScene({ gateway: { dataFile } });
    const { files } = scene.red;
    const short = await files.create({
      file: await text("x"),
      purpose: "batch",
      expires_after: { anchor: "created_at", seconds: 3600 },
    });
    const long = await files.create({ file: await text("y"), purpose: "batch" });
    assert.equal((short.expires_at ?? 0) - short.created_at, 3600);
    await scene.clock.advance(3_601_000);
    assert.equal((await refused(files.retrieve(short.id))).status, 404);
    assert.deepEqual((await files.list()).data.map(({ id }) => id), [long.id]);
    const kept = () => readdir(`${dataFile}.files/content`);
    await scene.clock.advance(3_600_000);
    let names: string[] = await kept();
    await until("the bytes are gone", () => {
      kept().then((found) => names = found);
      return names.length === 1;
    });
    assert.deepEqual(names, [long.id]);
  });

  it("outlive the gateway beside its data file, and are nobody else's on the machine", async () => {
    await using folder = await folderOf();
    const gateway = { dataFile: folder.file("loom.db") };
    const first = await openScene({ gateway });
    const { id } = await first.red.files.create({ file: await text("still here"), purpose: "batch" });
    await first.close();
    const { mode } = await stat(folder.file("loom.db.files"));
    assert.equal(mode & 0o777, 0o700);
    await using second = await openScene({ gateway });
    assert.equal(await (await second.red.files.content(id)).text(), "still here");
  });

  const wrong: readonly (readonly [string, (form: FormData) => void, number, RegExp])[] = [
    ["no file", (form) => form.delete("file"), 400, /file.*missing/],
    ["no purpose", (form) => form.delete("purpose"), 400, /purpose.*missing/],
    ["a purpose of no kind", (form) => form.set("purpose", "fun"), 400, /purpose.*must be one of/],
    [
      "an expiry too soon",
      (form) => {
        form.set("expires_after[anchor]", "created_at");
        form.set("expires_after[seconds]", "60");
      },
      400,
      /expires_after\[seconds\]/,
    ],
    ["an expiry from nowhere", (form) => form.set("expires_after[seconds]", "3600"), 400, /anchor/],
    ["two files", (form) => form.append("file", new Blob(["b"]), "b"), 400, /too many parts|other than/],
    ["a file of another name", (form) => form.set("picture", new Blob(["b"]), "b"), 400, /form/],
    [
      "too large a file",
      (form) => form.set("file", new Blob(["x".repeat(2000)]), "b"),
      413,
      /larger than 1000/,
    ],
  ];
  for (const [what, change, status, message] of wrong) {
    it(`are refused with ${what}, and nothing is left of them`, async () => {
      await using folder = await folderOf();
      const dataFile = folder.file("loom.db");
      await using scene = await openScene({ gateway: { dataFile, files: { maxFileBytes: 1000 } } });
      const form = new FormData();
      form.set("purpose", "batch");
      form.set("file", new Blob(["a"]), "a");
      change(form);
      const error = await refused(scene.red.post("/files", { body: form }));
      assert.equal(error.status, status);
      assert.match(error.message, message);
      assert.deepEqual(await readdir(`${dataFile}.files/content`), []);
    });
  }

  it("are refused as JSON, and where a team has no room", async () => {
    await using scene = await openScene({ gateway: { files: { maxTenantBytes: 3 } } });
    assert.equal((await refused(scene.red.post("/files", { body: { file: "x" } }))).status, 415);
    await scene.red.files.create({ file: await text("full"), purpose: "batch" });
    const error = await refused(scene.red.files.create({ file: await text("x"), purpose: "batch" }));
    assert.equal(error.status, 413);
    await scene.blue.files.create({ file: await text("x"), purpose: "batch" });
  });

  it("leave nothing when the sender breaks off", async () => {
    await using folder = await folderOf();
    const dataFile = folder.file("loom.db");
    await using scene = await openScene({ gateway: { dataFile } });
    const { port } = new URL(scene.url);
    const socket = connect(Number(port), "127.0.0.1");
    const head = [
      "POST /v1/files HTTP/1.1",
      "host: localhost",
      "authorization: Bearer red-key-0123456789abcdef",
      "content-type: multipart/form-data; boundary=b",
      "content-length: 5000",
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
    socket.write('--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nhalf a fi');
    let names: string[] = [];
    const look = () => void readdir(`${dataFile}.files/content`).then((found) => names = found);
    await until("it has begun", () => (look(), names.length === 1));
    socket.destroy();
    await until("it is gone", () => (look(), names.length === 0));
    assert.equal((await scene.red.files.list()).data.length, 0);
  });

  const lists = ["limit=0", "limit=many", "limit=20000", "order=up"];
  for (const query of lists) {
    it(`are not listed with ${query}`, async () => {
      await using scene = await openScene();
      const error = await refused(scene.red.get(`/files?${query}`));
      assert.equal(error.status, 400);
    });
  }
});
