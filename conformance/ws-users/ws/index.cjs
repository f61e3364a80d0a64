'use strict';

module.exports = require('@pairwire/websocket/compat');
