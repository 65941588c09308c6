// SPDX-License-Identifier: Apache-2.0
// A form for any command, made from its schema in /v1/openapi.json.

const COMMON = ["engine", "takes", "seed"];
const HIDDEN = new Set(["id", "clip", "clips", "target", "lock_ids"]);

export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

export function jobsIn(api) {
  return Object.entries(api.paths)
    .filter(([, path]) => path.post?.tags?.includes("jobs"))
    .map(([path, { post }]) => ({
      name: path.split("/").at(-1),
      doc: post.summary,
      clips: post["x-clips"],
      parts: post["x-parts"],
      schema: post.requestBody.content["application/json"].schema,
    }));
}

export class ParamForm {
  constructor(own, common) {
    this.places = [own, common];
    this.inputs = {};
  }

  show(job, engines) {
    this.inputs = {};
    this.places.forEach((place) => place.replaceChildren());
    const properties = Object.entries(job.schema.properties).filter(([name]) => !HIDDEN.has(name));
    for (const [name, schema] of properties) {
      const required = job.schema.required.includes(name);
      const input = name === "engine" ? engineChoice(engines) : inputFor(schema, required);
      input.name = name;
      this.inputs[name] = { input, schema };
      this.places[COMMON.includes(name) ? 1 : 0].append(field(name, schema, input));
    }
  }

  fill(name, value) {
    if (this.inputs[name]) this.inputs[name].input.value = value;
  }

  values() {
    const values = {};
    for (const [name, { input, schema }] of Object.entries(this.inputs)) {
      const value = valueOf(input, schema);
      if (value !== undefined) values[name] = value;
    }
    return values;
  }
}

function field(name, schema, input) {
  const words = name.replaceAll("_", " ");
  const shown = input.type === "range" ? sliding(input) : input;
  const label = make("span", { textContent: words });
  return make("label", { className: "field", title: schema.description }, label, shown);
}

function sliding(input) {
  const output = make("output", { textContent: input.value });
  input.addEventListener("input", () => { output.textContent = input.value; });
  return make("span", { className: "slide" }, input, output);
}

function inputFor(schema, required) {
  if (schema.enum) return choice(schema.enum, schema.default, { "": "–" });
  if (schema.type === "boolean" && schema.default === undefined) {
    return choice(["", "true", "false"], "", { "": "automatic", true: "yes", false: "no" });
  }
  if (schema.type === "boolean") {
    return make("input", { type: "checkbox", checked: schema.default ?? false });
  }
  if (schema.type === "array") return make("input", { type: "text", placeholder: "36, 38" });
  if (schema.type === "string") {
    return make("input", { type: "text", value: schema.default ?? "", required });
  }
  return numberInput(schema, required);
}

function numberInput(schema, required) {
  const { minimum, maximum, type } = schema;
  const slides = type === "number" && maximum - minimum <= 4 && schema.default !== undefined;
  const step = slides ? 0.05 : type === "integer" ? 1 : "any";
  const input = make("input", { type: slides ? "range" : "number", step, required });
  if (minimum !== undefined) input.min = minimum;
  if (maximum !== undefined) input.max = maximum;
  input.value = schema.default ?? "";
  if (schema.default === undefined && !required) input.placeholder = "automatic";
  return input;
}

function engineChoice(engines) {
  const options = engines.map(({ name }) => name);
  return choice(["", ...options], "", { "": "best available" });
}

function choice(values, chosen, words = {}) {
  const options = values.map((value) =>
    make("option", { value, textContent: words[value] ?? value, selected: value === chosen }));
  return make("select", {}, ...options);
}

function valueOf(input, schema) {
  if (input.type === "checkbox") return input.checked;
  const text = input.value.trim();
  if (text === "") return undefined;
  if (schema.type === "boolean") return text === "true";
  if (schema.type === "array") return text.split(/[\s,]+/).map(Number);
  return schema.type === "string" ? text : Number(text);
}
