/** What is sent to each vendor, for the same words of the caller. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LoomError } from "../../../../src/errors/index.ts";
import { type Asked, bodyOf, codecOf, contextOf, encoded, png, vendors, wav } from "./support.ts";

interface Case {
  readonly path: string;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly answer?: "bytes";
  readonly once?: true;
  /** Codes of what was left out or changed. */
  readonly notices?: readonly string[];
}

const prompt = "A lighthouse";
const image = (params: Asked["params"] = {}, more: Partial<Asked> = {}): Asked => ({
  modality: "image",
  prompt,
  params,
  ...more,
});
const video = (params: Asked["params"] = {}, more: Partial<Asked> = {}): Asked => ({
  ...image(params, more),
  modality: "video",
});
const uri = `data:${png.mimeType};base64,${png.dataB64}`;
const link = { url: "https://example.com/a.png" };
const file = `image.png image/png ${png.dataB64}`;
const two = { images: [png, link] };

const cases: readonly (readonly [id: string, what: string, asked: Asked, expected: Case])[] = [
  [
    "openai",
    "a picture",
    image({ n: 2, size: "1024x1024", quality: "low", seed: 1, background: "transparent" }),
    {
      path: "/images/generations",
      body: { model: "m-1", prompt, n: 2, size: "1024x1024", quality: "low", background: "transparent" },
      notices: ["param-dropped"],
    },
  ],
  ["openai", "texts to judge", { modality: "moderation", input: ["a", "b"] }, {
    path: "/moderations",
    body: { model: "m-1", input: ["a", "b"] },
  }],
  ["openai", "a changed picture", image({ n: 1 }, { images: [png] }), {
    path: "/images/edits",
    body: { model: "m-1", prompt, n: "1", image: file },
  }],
  ["openai", "several pictures", image({}, { images: [png, { url: uri, filename: 'a"b.png' }] }), {
    path: "/images/edits",
    body: { model: "m-1", prompt, "image[]": [file, `a%22b.png image/png ${png.dataB64}`] },
  }],
  ["openai", "a picture changed within a mask", image({ mask: uri }, { images: [png] }), {
    path: "/images/edits",
    body: { model: "m-1", prompt, image: file, mask: `mask.png image/png ${png.dataB64}` },
  }],
  ["openai", "a film", video({ duration: 8, size: "1280x720" }, { images: [png] }), {
    path: "/videos",
    body: { model: "m-1", prompt, seconds: "8", size: "1280x720", input_reference: file },
    once: true,
  }],
  ["openai", "speech", { modality: "speech", prompt, params: { voice: "nova", format: "wav", speed: 1.5 } }, {
    path: "/audio/speech",
    body: { model: "m-1", input: prompt, voice: "nova", response_format: "wav", speed: 1.5 },
    answer: "bytes",
  }],
  ["openai", "speech in a voice that somebody made", {
    modality: "speech",
    prompt,
    params: { voice: { id: "voice_1", toString: 1 } },
  }, {
    path: "/audio/speech",
    body: { model: "m-1", input: prompt, voice: { id: "voice_1", toString: 1 } },
    answer: "bytes",
  }],
  ["openai", "speech without a voice", { modality: "speech", prompt }, {
    path: "/audio/speech",
    body: { model: "m-1", input: prompt, voice: "alloy" },
    answer: "bytes",
  }],
  ["openai", "a transcription", {
    modality: "transcription",
    prompt: "Names: Ærø",
    audio: { ...wav, filename: "talk.wav" },
    params: { language: "da", timestamp_granularities: ["word", "segment"], response_format: "verbose_json" },
  }, {
    path: "/audio/transcriptions",
    body: {
      model: "m-1",
      prompt: "Names: Ærø",
      language: "da",
      "timestamp_granularities[]": ["word", "segment"],
      response_format: "verbose_json",
      file: `talk.wav audio/wav ${wav.dataB64}`,
    },
  }],
  ["openai", "subtitles", { modality: "transcription", audio: wav, params: { response_format: "srt" } }, {
    path: "/audio/transcriptions",
    body: { model: "m-1", response_format: "srt", file: `audio.wav audio/wav ${wav.dataB64}` },
    answer: "bytes",
  }],
  ["xai", "a picture", image({ aspect_ratio: "16:9", size: "1024x1024", n: 2 }), {
    path: "/images/generations",
    body: { model: "m-1", prompt, aspect_ratio: "16:9", n: 2 },
    notices: ["param-dropped"],
  }],
  ["xai", "a changed picture", image({}, { images: [png] }), {
    path: "/images/edits",
    body: { model: "m-1", prompt, image: { url: uri, type: "image_url" } },
  }],
  ["xai", "several pictures", image({}, two), {
    path: "/images/edits",
    body: {
      model: "m-1",
      prompt,
      images: [{ url: uri, type: "image_url" }, { url: link.url, type: "image_url" }],
    },
  }],
  ["xai", "a film", video({ duration: "6", resolution: "720p" }, { images: [link] }), {
    path: "/videos/generations",
    body: { model: "m-1", prompt, duration: 6, resolution: "720p", image: { url: link.url } },
    once: true,
  }],
  ["minimax", "a picture", image({ size: "1024x768", n: 2, seed: 7, quality: "high" }, { images: [link] }), {
    path: "/image_generation",
    body: {
      model: "m-1",
      prompt,
      width: 1024,
      height: 768,
      n: 2,
      seed: 7,
      subject_reference: [{ type: "character", image_file: link.url }],
    },
    notices: ["param-dropped"],
  }],
  ["minimax", "a film", video({ seconds: 6, resolution: "768P" }, { images: [png, link, link] }), {
    path: "/video_generation",
    body: {
      model: "m-1",
      prompt,
      duration: 6,
      resolution: "768P",
      first_frame_image: uri,
      last_frame_image: link.url,
    },
    once: true,
    notices: ["images-dropped"],
  }],
  ["minimax", "speech", {
    modality: "speech",
    prompt,
    params: { voice: "Calm", speed: 1.2, format: "wav", voice_setting: { vol: 2, speed: 1 } },
  }, {
    path: "/t2a_v2",
    body: {
      stream: false,
      model: "m-1",
      text: prompt,
      voice_setting: { vol: 2, speed: 1, voice_id: "Calm" },
      audio_setting: { format: "wav" },
    },
  }],
  ["zai", "a film", video({ duration: 5, fps: 30 }, { images: [link, link] }), {
    path: "/videos/generations",
    body: { model: "m-1", prompt, duration: 5, fps: 30, image_url: [link.url, link.url] },
    once: true,
  }],
  ["qwen", "a picture", image({ size: "1328x1328", seed: 3, negative_prompt: "fog" }, { images: [png] }), {
    path: "/../../api/v1/services/aigc/multimodal-generation/generation",
    body: {
      model: "m-1",
      input: { messages: [{ role: "user", content: [{ text: prompt }, { image: uri }] }] },
      parameters: { size: "1328*1328", seed: 3, negative_prompt: "fog" },
    },
  }],
  [
    "qwen",
    "a picture in the background",
    image({ n: 1, negative_prompt: "fog" }, { model: "wan2.2-t2i-flash" }),
    {
      path: "/../../api/v1/services/aigc/text2image/image-synthesis",
      headers: { "X-DashScope-Async": "enable" },
      body: { model: "wan2.2-t2i-flash", input: { prompt, negative_prompt: "fog" }, parameters: { n: 1 } },
      once: true,
    },
  ],
  ["qwen", "a picture changed in the background", image({}, { model: "wan2.5-i2i-preview", ...two }), {
    path: "/../../api/v1/services/aigc/image2image/image-synthesis",
    headers: { "X-DashScope-Async": "enable" },
    body: { model: "wan2.5-i2i-preview", input: { prompt, images: [uri, link.url] }, parameters: {} },
    once: true,
  }],
  ["qwen", "a film", video({ size: "1280x720", duration: "5" }, { images: [link] }), {
    path: "/../../api/v1/services/aigc/video-generation/video-synthesis",
    headers: { "X-DashScope-Async": "enable" },
    body: {
      model: "m-1",
      input: { prompt, img_url: link.url },
      parameters: { size: "1280*720", duration: 5 },
    },
    once: true,
  }],
  ["qwen", "a ranking", { modality: "rerank", prompt: "q", input: ["a", "b"], params: { top_n: 1 } }, {
    path: "/../../api/v1/services/rerank/text-rerank/text-rerank",
    body: { model: "m-1", input: { query: "q", documents: ["a", "b"] }, parameters: { top_n: 1 } },
  }],
  ["together", "a picture", image({ size: "auto", steps: 4, n: 2 }, { images: [png] }), {
    path: "/images/generations",
    body: { model: "m-1", prompt, size: "auto", steps: 4, n: 2, image_url: uri },
  }],
  ["together", "a film", video({ duration: 5, aspect_ratio: "16:9", size: "1280x720" }, { images: [link] }), {
    path: "/../v2/videos",
    body: {
      model: "m-1",
      prompt,
      seconds: "5",
      ratio: "16:9",
      width: 1280,
      height: 720,
      frame_images: [{ input_image: link.url }],
    },
    once: true,
  }],
  ["together", "a ranking", { modality: "rerank", prompt: "q", input: ["a"], params: { top_n: 1 } }, {
    path: "/rerank",
    body: { model: "m-1", query: "q", documents: ["a"], top_n: 1 },
  }],
  ["together", "a transcription of an address", { modality: "transcription", audio: link }, {
    path: "/audio/transcriptions",
    body: { model: "m-1", file: link.url },
  }],
  ["groq", "a transcription of an address", {
    modality: "transcription",
    audio: link,
    params: { language: "en" },
  }, {
    path: "/audio/transcriptions",
    body: { model: "m-1", url: link.url, language: "en" },
  }],
  ["mistral", "a transcription", {
    modality: "transcription",
    prompt: "hint",
    audio: wav,
    params: { timestamp_granularities: ["word", "segment"], response_format: "text" },
  }, {
    path: "/audio/transcriptions",
    body: {
      model: "m-1",
      timestamp_granularities: ["word", "segment"],
      file: `audio.wav audio/wav ${wav.dataB64}`,
    },
    answer: "bytes",
    notices: ["prompt-dropped", "param-dropped"],
  }],
  ["mistral", "speech", { modality: "speech", prompt, params: { voice: "en_paul", format: "wav" } }, {
    path: "/audio/speech",
    body: { model: "m-1", input: prompt, voice_id: "en_paul", response_format: "wav" },
  }],
  [
    "fireworks",
    "a picture",
    image({ aspect_ratio: "16:9", seed: 1 }, { model: "accounts/fireworks/models/flux-1" }),
    {
      path: "/workflows/accounts/fireworks/models/flux-1/text_to_image",
      headers: { Accept: "image/jpeg" },
      body: { prompt, aspect_ratio: "16:9", seed: 1 },
      answer: "bytes",
    },
  ],
  ["fireworks", "a changed picture", image({}, { model: "a/models/flux-kontext-pro", images: [png] }), {
    path: "/workflows/a/models/flux-kontext-pro",
    body: { prompt, input_image: uri },
    headers: {},
    once: true,
  }],
  ["fireworks", "a transcription", { modality: "transcription", audio: wav, model: "whisper-v3-turbo" }, {
    path: "https://audio-turbo.api.fireworks.ai/v1/audio/transcriptions",
    body: { model: "whisper-v3-turbo", file: `audio.wav audio/wav ${wav.dataB64}` },
  }],
  ["nvidia", "a ranking", { modality: "rerank", prompt: "q", input: ["a", "b"], model: "nvidia/rerank-1b" }, {
    path: "https://ai.api.nvidia.com/v1/retrieval/nvidia/rerank-1b/reranking",
    body: { model: "nvidia/rerank-1b", query: { text: "q" }, passages: [{ text: "a" }, { text: "b" }] },
  }],
  ["bfl", "a picture", image({ size: "1440x2048", seed: 5, n: 3 }, { ...two, model: "flux-2-pro" }), {
    path: "/flux-2-pro",
    body: {
      prompt,
      width: 1440,
      height: 2048,
      seed: 5,
      input_image: png.dataB64,
      input_image_2: link.url,
    },
    once: true,
    notices: ["param-dropped"],
  }],
  [
    "ideogram",
    "a picture",
    image({ aspect_ratio: "16:9", n: 2, rendering_speed: "TURBO" }, { model: "ideogram-v3" }),
    {
      path: "/v1/ideogram-v3/generate",
      body: { prompt, aspect_ratio: "16x9", num_images: 2, rendering_speed: "TURBO" },
    },
  ],
  [
    "ideogram",
    "a changed picture",
    image({ style_codes: ["A", "B"], color_palette: { name: "EMBER" } }, {
      model: "ideogram-v3",
      images: [png],
    }),
    {
      path: "/v1/ideogram-v3/remix",
      body: { prompt, style_codes: ["A", "B"], color_palette: '{"name":"EMBER"}', image: file },
    },
  ],
  ["seedream", "a picture", image({ size: "2K", watermark: false, seed: 1 }, two), {
    path: "/images/generations",
    body: { model: "m-1", prompt, size: "2K", watermark: false, image: [uri, link.url] },
    notices: ["param-dropped"],
  }],
  [
    "seedream",
    "a picture of the third generation",
    image({ seed: 1 }, { model: "seedream-3-0-t2i-250415" }),
    {
      path: "/images/generations",
      body: { model: "seedream-3-0-t2i-250415", prompt, seed: 1 },
    },
  ],
  [
    "seedream",
    "a film",
    video({ aspect_ratio: "9:16", duration: 5, resolution: "720p" }, { images: [png] }),
    {
      path: "/contents/generations/tasks",
      body: {
        content: [{ type: "text", text: prompt }, { type: "image_url", image_url: { url: uri } }],
        model: "m-1",
        ratio: "9:16",
        duration: 5,
        resolution: "720p",
      },
      once: true,
    },
  ],
  ["seedream", "a film of several pictures", video({}, two), {
    path: "/contents/generations/tasks",
    body: {
      content: [
        { type: "text", text: prompt },
        { type: "image_url", image_url: { url: uri }, role: "reference_image" },
        { type: "image_url", image_url: { url: link.url }, role: "reference_image" },
      ],
      model: "m-1",
    },
    once: true,
  }],
];

describe("the request for", () => {
  for (const [id, what, asked, expected] of cases) {
    it(`${what} from ${id}`, () => {
      const request = encoded(id, asked);
      assert.equal(request.method, "POST");
      assert.equal(request.path, expected.path);
      assert.deepEqual(bodyOf(request), expected.body);
      const { "content-type": _, ...headers } = request.headers ?? {};
      assert.deepEqual(headers, expected.headers ?? {});
      assert.equal(request.answer, expected.answer);
      assert.equal(request.once, expected.once);
      assert.equal(request.stream, false);
      assert.deepEqual((request.warnings ?? []).map(({ code }) => code), expected.notices ?? []);
    });
  }

  it("every vendor is covered", () => {
    assert.deepEqual(vendors.filter((id) => !cases.some(([one]) => one === id)), []);
  });
});

describe("encoding", () => {
  it("sends a prompt as the text it is, whatever it looks like", () => {
    const request = encoded("openai", { modality: "image", prompt: uri, images: [png] });
    assert.deepEqual(bodyOf(request), { model: "m-1", prompt: uri, image: file });
  });

  it("is pure: the same call gives the same bytes, and the caller's objects stay as they were", () => {
    const params = { voice_setting: { vol: 2 }, voice: "Calm" };
    const asked: Asked = { modality: "speech", prompt, params };
    const first = encoded("minimax", asked);
    assert.deepEqual(encoded("minimax", asked), first);
    assert.deepEqual(params, { voice_setting: { vol: 2 }, voice: "Calm" });
    const edit = image({}, { images: [png] });
    assert.deepEqual(encoded("openai", edit), encoded("openai", edit));
  });

  it("leaves a stream out, with a word: answers are whole", () => {
    const request = encoded("openai", image({ stream: true, partial_images: 2 }));
    assert.deepEqual(bodyOf(request), { model: "m-1", prompt, partial_images: 2 });
    assert.match(request.warnings?.[0]?.message ?? "", /`stream`; it was left out/);
  });

  it("lets nobody write a second form into a field", () => {
    const evil = 'x"\r\n\r\n--loom\r\ncontent-disposition: form-data; name="model"\r\n\r\nother';
    const request = encoded("openai", {
      modality: "image",
      prompt: evil,
      params: { ['user"\r\nx']: "a" },
      images: [{ ...png, filename: 'a"\r\nb: c', mimeType: "image/png\r\nx: y" }],
    });
    assert.deepEqual(bodyOf(request), {
      model: "m-1",
      prompt: evil,
      "user%22%0D%0Ax": "a",
      image: `a%22%0D%0Ab: c application/octet-stream ${png.dataB64}`,
    });
  });

  const refused: readonly (readonly [string, string, Asked, string, RegExp])[] = [
    [
      "openai",
      "a form cannot carry an address",
      image({}, { images: [link] }),
      "unsupported",
      /images\[0\].*dataB64/,
    ],
    [
      "zai",
      "pictures the vendor does not take",
      image({}, { images: [link] }),
      "unsupported",
      /takes no pictures/,
    ],
    [
      "openai",
      "a recording as an address",
      { modality: "transcription", audio: link },
      "unsupported",
      /audio as/,
    ],
    ["openai", "no recording", { modality: "transcription" }, "invalid-request", /audio/],
    [
      "together",
      "nothing to rank",
      { modality: "rerank", prompt: "q", input: [] },
      "invalid-request",
      /input/,
    ],
    ["bfl", "a film", video(), "unsupported", /Black Forest Labs cannot do video/],
    ["bfl", "a model that leads elsewhere", image({}, { model: "../credits" }), "invalid-request", /model/],
    [
      "nvidia",
      "a model with an empty step",
      {
        modality: "rerank",
        prompt: "q",
        input: ["a"],
        model: "a//b",
      },
      "invalid-request",
      /model/,
    ],
  ];
  for (const [id, what, asked, code, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(() => codecOf(id).encode(contextOf(id, asked)), (error) => {
        assert.ok(LoomError.is(error), String(error));
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it("keeps what is odd in a model's name within its place", () => {
    assert.equal(
      encoded("bfl", image({}, { model: "flux?x=1#y%2e%2e" })).path,
      "/flux%3Fx%3D1%23y%252e%252e",
    );
  });
});
