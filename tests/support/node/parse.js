// Usage: node parse.js MODULE FILE. Prints what that version of dotenv reads in FILE, as JSON.
const { readFileSync } = require('node:fs')

const [module_, file] = process.argv.slice(2)
const parsed = require(module_).parse(readFileSync(file))
process.stdout.write(JSON.stringify(parsed))
