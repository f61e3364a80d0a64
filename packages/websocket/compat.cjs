// What `require('@pairwire/websocket/compat')` gives: the class itself, as `require('ws')` does. It is
// the same class that `import` gives, so that `instanceof` holds however a library came by it. Node
// 20.19 loads ES modules by `require`, and warns only when the caller is not an installed package:
// this file is one.
'use strict';

module.exports = require('./dist/compat/index.js').WebSocket;
