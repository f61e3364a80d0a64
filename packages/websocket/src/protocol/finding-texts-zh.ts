/** What the handshake doctor says, in Chinese; see finding-texts-en.ts. */
import type { FindingTexts } from './finding.ts';

export const FINDING_TEXTS_ZH: FindingTexts = {
  'host-unknown': {
    what: '找不到这个主机名。',
    advice: '请检查主机名的拼写，以及本机的 DNS 能否解析它。',
  },
  'connection-refused': {
    what: '这个地址和端口上没有程序在监听。',
    advice: '请启动服务器或检查端口；只监听回环地址的服务器无法从别处访问。',
  },
  'host-unreachable': {
    what: '主机没有响应：未能及时建立 TCP 连接。',
    advice: '请检查地址、网络以及途中的防火墙。',
  },
  'certificate-untrusted': {
    what: '服务器的证书没有由本机信任的机构签发。',
    advice:
      '请安装公共机构签发的证书及完整证书链，或让客户端信任你的证书（Node：NODE_EXTRA_CA_CERTS）。',
  },
  'certificate-expired': {
    what: '服务器的证书当前不在有效期内。',
    advice: '请更新证书，并检查两台机器的时钟。',
  },
  'certificate-name': {
    what: '服务器的证书属于另一个主机名。',
    advice: '请使用证书中包含的主机名，或为当前主机名申请证书。',
  },
  'tls-failed': {
    what: '双方都使用 TLS，但协商失败。',
    advice: '请核对双方的 TLS 版本、加密套件和客户端证书。',
  },
  'tls-port': {
    what: '该端口使用 TLS，而请求没有加密。',
    advice: '请用 wss://（或 https://）代替 ws://。',
  },
  'plain-port': {
    what: '该端口不使用 TLS：它对 TLS 握手的回应不是 TLS。',
    advice: '请用 ws:// 代替 wss://，或在服务器前面加上 TLS。',
  },
  'http2-only': {
    what: '服务器只支持 HTTP/2，而 HTTP/2 没有 Upgrade 头。',
    advice: '请让服务器在该端口也接受 HTTP/1.1，或通过 HTTP/2 打开 WebSocket（RFC 8441）。',
  },
  'http2-unsupported': {
    what: '服务器不接受通过 HTTP/2 的 WebSocket。',
    advice: '请通过 HTTP/1.1 打开，或让服务器发送 SETTINGS_ENABLE_CONNECT_PROTOCOL。',
  },
  'proxy-unreachable': {
    what: '无法连接到代理，或代理没有响应。',
    advice: '请检查代理的地址、端口和协议；多数代理使用 http://。',
  },
  'proxy-refused': {
    what: '代理没有打开通往服务器的通道。',
    advice:
      '请询问代理的管理员是否允许 CONNECT 到该主机和端口；许多代理只允许 443 端口，因此请使用 wss://。',
  },
  'no-answer': {
    what: '服务器接受了连接，但没有及时作出任何回应。',
    advice:
      '请确认该端口上是 HTTP 服务器，并且它会回应升级请求：没有处理函数的请求永远得不到回应。',
  },
  'closed-before-answer': {
    what: '服务器在回应之前就关闭了连接。',
    advice:
      '请查看服务器日志中有无错误；如果没有，该端口可能使用 TLS（请用 wss://），或者根本不是 HTTP。',
  },
  'not-http': {
    what: '回应不是格式正确的 HTTP 响应。',
    advice: '请检查主机和端口：那里监听的似乎是别的服务。',
  },
  'garbage-before-status-line': {
    what: '状态行前面有多余的字节。',
    advice: '在 HTTP/1.1 101 之前不要发送任何内容：不要有空行、字节顺序标记或上一个响应的残余。',
  },
  'empty-line-first': {
    what: '第一行之前有空行；有些程序会容忍。',
    advice: '请先发送第一行；多余的空行往往是上一条消息的残余。',
  },
  'status-line-malformed': {
    what: '状态行不符合语法。',
    advice: '请写成 HTTP/1.1 101 Switching Protocols，各部分之间只有一个空格。',
  },
  'http-version': {
    what: '响应不是 HTTP/1.1，而只有 HTTP/1.1 才能升级。',
    advice: '请用 HTTP/1.1 响应；在 nginx 中设置 proxy_http_version 1.1。',
  },
  'missing-blank-line': {
    what: '头部没有结束：最后一个头之后缺少空行，于是客户端等待更多的头，服务器却在等待数据帧。',
    advice: '最后一个头以 CR LF 结尾，之后再发送一个 CR LF。',
  },
  'head-cut-short': {
    what: '响应在头部中间就断了。',
    advice: '请检查是否有服务器或代理在写出时关闭了连接，或者没有写完。',
  },
  'lf-line-ends': {
    what: '行尾只有 LF；浏览器会容忍，其他大多数程序会拒绝。',
    advice: '每一行都以 CR LF（即 \\r\\n）结尾：除 Windows 外，平台的换行符都只是 LF。',
  },
  'field-line-malformed': {
    what: '有一行头部不是“名称、冒号、值”的形式。',
    advice: '每一行写成 Name: value，冒号前不能有空格，也不能有控制字符。',
  },
  'field-folded': {
    what: '有一个头折成了多行，HTTP 已经废弃这种写法。',
    advice: '每个头写成一行。',
  },
  'head-too-long': {
    what: '头部超过 16 KiB，对方不会接受。',
    advice: '请减少或缩短头部；通常是 Cookie 造成的。',
  },
  redirect: {
    what: '服务器让客户端转到别处，而 WebSocket 客户端不会跟随重定向。',
    advice: '请直接使用它给出的地址，http:// 换成 ws://，https:// 换成 wss://。',
  },
  'page-instead-of-upgrade': {
    what: '得到的是普通网页，而不是 101 Switching Protocols。',
    advice:
      '请检查路径；如果路径正确，就是途中的代理去掉了 Upgrade 和 Connection：请让代理转发它们。',
  },
  'bad-request': {
    what: '服务器认为请求格式错误（400）。',
    advice:
      '请阅读响应正文；如果经过代理，请确认 Upgrade、Connection 和所有 Sec-WebSocket 头都能到达。',
  },
  unauthorized: {
    what: '服务器要求身份凭证（401）。',
    advice: '请按服务器文档发送 Cookie、Authorization 头或令牌；浏览器只能发送 Cookie。',
  },
  forbidden: {
    what: '服务器不允许这个客户端连接（403）。',
    advice: '请检查服务器允许的来源列表、地址规则以及发送的凭证。',
  },
  'path-unknown': {
    what: '这个路径上没有 WebSocket（404）。',
    advice: '请检查 URL 的路径，并确认代理原样转发。',
  },
  'proxy-authentication': {
    what: '途中的代理要求身份凭证（407）。',
    advice: '请为客户端配置代理的用户名和密码。',
  },
  'upgrade-required': {
    what: '服务器要求升级，但没有看到它能接受的升级请求（426）。',
    advice:
      '如果请求中确实有，那么是代理去掉了 Upgrade 和 Connection，或者版本不同：唯一在用的版本是 13。',
  },
  'too-many-requests': {
    what: '服务器暂时不再接受这个客户端的连接（429）。',
    advice: '请按 Retry-After 等待，之后逐次延长；如果客户端没有问题，就提高上限。',
  },
  'server-failed': {
    what: '服务器在处理请求时出错（5xx）。',
    advice: '请查看服务器日志。',
  },
  'gateway-failed': {
    what: '代理回应说它无法访问后面的服务器（502、504）。',
    advice: '请确认代理后面的服务器在运行，并且代理以 HTTP/1.1 与它通信。',
  },
  unavailable: {
    what: '服务器现在不接受新连接（503）。',
    advice: '请按 Retry-After 稍后再试；服务器已满或正在重启。',
  },
  'status-other': {
    what: '服务器的状态码不是 101。',
    advice: '请阅读响应正文并查看服务器日志。',
  },
  'upgrade-missing': {
    what: '101 响应中没有 Upgrade 头。',
    advice: '请加上 Upgrade: websocket；如果服务器已经发送，那么是途中的代理把它去掉了。',
  },
  'upgrade-wrong': {
    what: '101 响应的 Upgrade 头不是 websocket。',
    advice: '只发送一次 Upgrade: websocket，值中不要有别的内容。',
  },
  'connection-missing': {
    what: '101 响应中没有 Connection 头。',
    advice: '请加上 Connection: Upgrade；如果服务器已经发送，那么是途中的代理把它去掉了。',
  },
  'connection-wrong': {
    what: '101 响应的 Connection 头没有包含 Upgrade。',
    advice: '请发送 Connection: Upgrade。',
  },
  'connection-list': {
    what: 'Connection 头除 Upgrade 外还有别的值；这是允许的，但有些客户端会拒绝。',
    advice: '只发送 Connection: Upgrade。',
  },
  'accept-missing': {
    what: '101 响应中没有 Sec-WebSocket-Accept。',
    advice:
      '请加上它：把请求的 Sec-WebSocket-Key 后面接上 258EAFA5-E914-47DA-95CA-C5AB0DC85B11，取 SHA-1，再做 base64。',
  },
  'accept-repeated': {
    what: '出现了多个 Sec-WebSocket-Accept。',
    advice: '只发送一次；可能是服务器和它使用的框架都设置了它。',
  },
  'accept-of-empty-key': {
    what: 'Sec-WebSocket-Accept 是用空的密钥算出来的：服务器没有找到请求中的 Sec-WebSocket-Key。',
    advice: '查找该头时不要区分大小写，并检查提取其值的正则表达式。',
  },
  'accept-of-sample-key': {
    what: 'Sec-WebSocket-Accept 是 RFC 示例中的那个值。',
    advice: '请用每个请求自己的密钥来计算，而不是照抄。',
  },
  'accept-of-decoded-key': {
    what: 'Sec-WebSocket-Accept 是用解码后的密钥算出来的。',
    advice: '请直接对头中密钥的字符取哈希，不要先做 base64 解码。',
  },
  'accept-of-hex': {
    what: 'Sec-WebSocket-Accept 里是十六进制文本形式的 SHA-1。',
    advice: '请对 SHA-1 的 20 个原始字节做 base64：结果为 28 个字符，以 = 结尾。',
  },
  'accept-without-guid': {
    what: 'Sec-WebSocket-Accept 只用密钥算出，没有加上 GUID。',
    advice: '取哈希之前，在密钥后面接上 258EAFA5-E914-47DA-95CA-C5AB0DC85B11。',
  },
  'accept-guid-case': {
    what: '计算 Sec-WebSocket-Accept 时 GUID 用了小写。',
    advice: 'GUID 要用大写字母：258EAFA5-E914-47DA-95CA-C5AB0DC85B11。',
  },
  'accept-copies-key': {
    what: 'Sec-WebSocket-Accept 就是请求的密钥本身。',
    advice: '请计算它：密钥后接 258EAFA5-E914-47DA-95CA-C5AB0DC85B11，取 SHA-1，再做 base64。',
  },
  'accept-wrong': {
    what: 'Sec-WebSocket-Accept 与发送的密钥不符。',
    advice: '请用 RFC 6455 §1.3 的例子检查计算过程，并确认没有缓存代替服务器作答。',
  },
  'protocol-unrequested': {
    what: '服务器给出了子协议，而客户端没有请求任何子协议；URL 的路径并不是子协议。',
    advice:
      "只有请求带有 Sec-WebSocket-Protocol 时才发送它，或者让客户端提出：new WebSocket(url, 'name')。",
  },
  'protocol-not-offered': {
    what: '服务器选择了客户端没有提供的子协议。',
    advice: '请从客户端提供的名称中选一个，或者不发送该头。',
  },
  'protocol-wrong-case': {
    what: '服务器返回的子协议大小写不同：名称区分大小写。',
    advice: '请原样返回客户端提供的名称。',
  },
  'protocol-list': {
    what: '服务器返回了一串子协议。',
    advice: '请从客户端提供的名称中只选一个。',
  },
  'protocol-empty': {
    what: '服务器返回了空的子协议。',
    advice: '没有选择子协议时，不要发送 Sec-WebSocket-Protocol。',
  },
  'protocol-repeated': {
    what: 'Sec-WebSocket-Protocol 出现了多次。',
    advice: '只发送一次，只含一个名称；可能是服务器和它使用的框架都设置了它。',
  },
  'protocol-none-chosen': {
    what: '客户端提供了子协议，服务器却一个也没有选；Chromium、ws、undici 和我们都会拒绝。',
    advice: '请让服务器选择其中一个名称，或者客户端不要请求子协议。',
  },
  'extension-not-offered': {
    what: '服务器接受了客户端没有提供的扩展。',
    advice: '只回应客户端提供过的扩展；没有提供时不要发送 Sec-WebSocket-Extensions。',
  },
  'extension-malformed': {
    what: '响应中的 Sec-WebSocket-Extensions 不符合语法。',
    advice: '请写成 name; parameter=value，每一部分都是一个 token。',
  },
  'extension-parameters': {
    what: '服务器对 permessage-deflate 的回应使用了不允许的参数。',
    advice: '满足客户端的要求，每个参数只写一次，窗口大小为 8 到 15 且没有前导零。',
  },
  'body-announced': {
    what: '101 响应声明了正文，而 101 没有正文。',
    advice: '101 响应中不要发送 Content-Length 和 Transfer-Encoding。',
  },
  'garbage-behind-answer': {
    what: '101 响应的头部之后不是 WebSocket 帧。',
    advice: '空行之后只能发送数据帧：不要有第二个空行，也不要直接发送文本。',
  },
  'request-not-http': {
    what: '请求不是格式正确的 HTTP 请求。',
    advice: '请确认客户端使用 HTTP/1.1，以及它是否对非加密端口使用了 TLS。',
  },
  'request-unfinished': {
    what: '请求没有结束：头部之后缺少空行，于是服务器还在等待更多的头。',
    advice: '最后一个头以 CR LF 结尾，之后再发送一个 CR LF。',
  },
  'request-method': {
    what: '请求的方法不是 GET。',
    advice: '打开 WebSocket 只能用 GET。',
  },
  'request-http-version': {
    what: '请求不是 HTTP/1.1。',
    advice: '请使用 HTTP/1.1；在 nginx 中设置 proxy_http_version 1.1。',
  },
  'request-target': {
    what: '请求目标不是路径。',
    advice: '请发送以斜杠开头、不含片段（#）的路径。',
  },
  'request-host': {
    what: '请求中的 Host 头不是恰好一个。',
    advice: '只发送一次 Host，值为 URL 的主机和端口。',
  },
  'request-without-upgrade': {
    what: '这是 WebSocket 端点，而请求没有要求升级。',
    advice:
      '请使用 WebSocket 客户端；如果已经在用，那么是途中的代理去掉了 Upgrade 和 Connection：请让代理转发它们。',
  },
  'request-upgrade-wrong': {
    what: '请求的 Upgrade 头没有包含 websocket。',
    advice: '请发送 Upgrade: websocket。',
  },
  'request-connection': {
    what: '请求的 Connection 头没有包含 Upgrade。',
    advice:
      '请发送 Connection: Upgrade；在 nginx 中用 proxy_set_header 把 Connection 设为 upgrade。',
  },
  'request-body': {
    what: '请求声明了正文。',
    advice: '不要发送 Content-Length 和 Transfer-Encoding：头部之后就是数据帧。',
  },
  'request-key-missing': {
    what: '请求中没有 Sec-WebSocket-Key。',
    advice: '请发送 16 个随机字节的 base64，每个连接都用新的。',
  },
  'request-key-repeated': {
    what: 'Sec-WebSocket-Key 出现了多次。',
    advice: '只发送一次。',
  },
  'request-key-wrong': {
    what: 'Sec-WebSocket-Key 不是 16 个字节的 base64。',
    advice: '请对恰好 16 个随机字节编码：结果为 24 个字符，以 == 结尾。',
  },
  'request-version-missing': {
    what: '请求中没有 Sec-WebSocket-Version。',
    advice: '请发送 Sec-WebSocket-Version: 13。',
  },
  'request-version-other': {
    what: '请求的版本不是 13。',
    advice: '请使用版本 13，它是唯一在用的版本；请更新客户端。',
  },
  'request-version-malformed': {
    what: 'Sec-WebSocket-Version 不是一个数字。',
    advice: '只发送一次 Sec-WebSocket-Version: 13。',
  },
  'request-protocols': {
    what: '请求的 Sec-WebSocket-Protocol 不是互不相同的 token 列表。',
    advice: '名称中不要有空格和分隔符，每个名称只写一次。',
  },
  'request-extensions': {
    what: '请求的 Sec-WebSocket-Extensions 不符合语法。',
    advice: '请写成 name; parameter=value，每一部分都是一个 token。',
  },
  'request-origin-repeated': {
    what: '请求中有多个 Origin 头。',
    advice: '只发送一次；请检查是否有代理自行添加了它。',
  },
  'connect-malformed': {
    what: '伪头部不符合 Extended CONNECT。',
    advice:
      '请发送 :method CONNECT、:protocol、:scheme（http 或 https）、:authority 和 :path，不要有 Connection 和 Upgrade。',
  },
  'connect-protocol': {
    what: 'Extended CONNECT 要求的协议不是 websocket。',
    advice: '请发送 :protocol websocket。',
  },
  'origin-refused': {
    what: '这个来源的网页不允许连接。',
    advice: '请把网页的来源加入服务器的列表，或让网页与服务器使用同一主机。',
  },
  'version-unchecked': {
    what: '服务器接受了并不存在的 WebSocket 版本。',
    advice: '除版本 13 外一律用 426 和 Sec-WebSocket-Version: 13 拒绝。',
  },
  'version-unnamed': {
    what: '服务器拒绝了别的版本，却没有说明自己的版本。',
    advice: '对错误的版本用 426 和 Sec-WebSocket-Version: 13 回应。',
  },
  'origin-unchecked': {
    what: '任何网站的网页都能以访问者的身份连接。',
    advice: '请把 Origin 与自己网页的列表比较，除非该端点面向所有人且不使用 Cookie。',
  },
  'compression-declined': {
    what: '服务器不压缩（提供了 permessage-deflate，但未被接受）。',
    advice: '无需处理；如果发送长文本，可以在服务器上启用。',
  },
  'http2-ready': {
    what: '服务器也支持通过 HTTP/2 的 WebSocket。',
    advice: '无需处理：浏览器会自动使用。',
  },
  'http2-without-websocket': {
    what: '服务器支持 HTTP/2，但只通过 HTTP/1.1 接受 WebSocket。',
    advice: '无需处理：浏览器会为 WebSocket 另开连接。',
  },
};
