// Runs the scene's arithmetic in node. Standard input: {words, scenes: [{packed, pixels: {operation: [[row, column]]}}]}.
// Standard output: for each scene {operation: [[channel, row, column, text, windows]]}, in the order of the steps.

import process from "node:process";
import { arithmetic } from "../../assets/scene/arithmetic.js";
import { unpack } from "../../assets/scene/payload.js";

let input = "";
for await (const part of process.stdin) input += part;
const { words, scenes } = JSON.parse(input);

const answers = await Promise.all(scenes.map(async ({ packed, pixels }) => {
  const model = await unpack(packed);
  const names = new Set(model.payload.steps.flatMap((step) => step.operations));
  return Object.fromEntries([...names].map((name) => [name, model.tensors[name].carried.flatMap((channel) =>
    pixels[name].map(([row, column]) => {
      const { text, windows } = arithmetic(model, name, channel, row, column, words);
      return [channel, row, column, text, windows];
    }))]));
}));
process.stdout.write(JSON.stringify(answers));
