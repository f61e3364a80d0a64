/*
 * The load in a process of its own. It speaks in prepared frames and counts bytes, so that it is not
 * what is measured: per message it costs less than the cheapest server.
 *
 * Reads commands from stdin, one a line, and answers each with one line of JSON:
 *
 *   request HEX                  what opens a connection; empty: nothing does
 *   open PORT COUNT              opens so many more connections
 *   frame HEX REPLY_BYTES        what to send, and how long the answer is; 0: the first one tells
 *   echo IN_FLIGHT MS            every connection keeps so many messages on their way
 *   broadcast IN_FLIGHT MS       one connection sends, all receive
 *   handshakes PORT AT_ONCE COUNT   opens so many connections, some at once
 *   reset                        ends all connections
 *
 * `echo` and `broadcast` run for MS and until everything sent is answered. They and `handshakes`
 * tell how many messages that were, how long it took and how much of it this process was busy.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 65536
#define READ_BYTES (4 << 20)
#define EVENTS 512

struct connection {
  int fd;
  size_t unsent;  /* of the batch */
  long long owed; /* bytes of answers still to come; below 0 with a Ping among them */
};

static struct connection connections[MAX_CONNECTIONS];
static int count;
static char *request, *frame, *batch;
static size_t requestBytes, frameBytes, replyBytes, batchBytes;
static int epoll;

static void fail(const char *what) {
  printf("{\"error\":\"%s: %s\"}\n", what, strerror(errno));
  fflush(stdout);
  exit(1);
}

static double secondsOf(clockid_t clock) {
  struct timespec at;
  clock_gettime(clock, &at);
  return at.tv_sec + at.tv_nsec / 1e9;
}

static double now(void) { return secondsOf(CLOCK_MONOTONIC); }

/* How long a run has lasted, and how much of this process's time it took. */
struct run {
  double from, cpuFrom, until;
};

static struct run startRun(int ms) {
  double from = now();
  return (struct run){from, secondsOf(CLOCK_PROCESS_CPUTIME_ID), from + ms / 1e3};
}

static void tellRun(struct run run, unsigned long long messages) {
  printf("{\"messages\":%llu,\"ms\":%.3f,\"busyMs\":%.3f}\n", messages, (now() - run.from) * 1e3,
         (secondsOf(CLOCK_PROCESS_CPUTIME_ID) - run.cpuFrom) * 1e3);
}

static void watch(int operation, struct connection *connection, int events) {
  struct epoll_event event = {.events = events, .data.ptr = connection};
  if (epoll_ctl(epoll, operation, connection->fd, &event) != 0) fail("epoll_ctl");
}

static int openSocket(int port, int flags) {
  int fd = socket(AF_INET, SOCK_STREAM | flags, 0);
  if (fd < 0) fail("socket");
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct linger reset = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS) fail("connect");
  return fd;
}

static void openConnections(int port, int more) {
  errno = EMFILE;
  if (count + more > MAX_CONNECTIONS) fail("open");
  for (; more > 0; more--) {
    struct connection *connection = &connections[count++];
    connection->fd = openSocket(port, 0);
    if (requestBytes > 0) {
      if (send(connection->fd, request, requestBytes, 0) < 0) fail("send");
      char answer[4096];
      size_t length = 0;
      while (length < 4 || memcmp(answer + length - 4, "\r\n\r\n", 4) != 0) {
        ssize_t got = recv(connection->fd, answer + length, 1, 0);
        if (got <= 0 || ++length == sizeof answer) fail("opening handshake");
      }
      if (memcmp(answer, "HTTP/1.1 101", 12) != 0) fail("refused");
    }
    watch(EPOLL_CTL_ADD, connection, EPOLLIN);
  }
  printf("{}\n");
}

/* The length of the frame that answers `frame`, read from its header. */
static size_t learnReply(void) {
  int fd = connections[0].fd;
  unsigned char header[10];
  if (send(fd, frame, frameBytes, 0) != (ssize_t)frameBytes) fail("send");
  if (recv(fd, header, 2, MSG_WAITALL) != 2) fail("recv");
  /* The same opcode, and compressed if it was. */
  errno = EPROTO;
  if (header[0] != (unsigned char)frame[0]) fail("not an echo");
  size_t length = header[1] & 0x7f, headerBytes = 2;
  if (length > 125) {
    size_t more = length == 126 ? 2 : 8;
    if (recv(fd, header + 2, more, MSG_WAITALL) != (ssize_t)more) fail("recv");
    headerBytes += more;
    length = 0;
    for (size_t i = 0; i < more; i++) length = length << 8 | header[2 + i];
  }
  char *payload = malloc(length);
  if (recv(fd, payload, length, MSG_WAITALL) != (ssize_t)length) fail("recv");
  free(payload);
  return headerBytes + length;
}

static void prepareBatch(int inFlight) {
  free(batch);
  batchBytes = frameBytes * inFlight;
  batch = malloc(batchBytes);
  for (int i = 0; i < inFlight; i++) memcpy(batch + i * frameBytes, frame, frameBytes);
}

static void sendRest(struct connection *connection, int waited) {
  ssize_t sent = send(connection->fd, batch + batchBytes - connection->unsent, connection->unsent,
                      MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN) fail("send");
  if (sent > 0) connection->unsent -= sent;
  int waits = connection->unsent > 0;
  if (waits != waited) watch(EPOLL_CTL_MOD, connection, waits ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void sendBatch(struct connection *connection) {
  int waited = connection->unsent > 0;
  connection->unsent = batchBytes;
  sendRest(connection, waited);
}

/* Takes what has come without looking at it: for TCP, MSG_TRUNC drops it in the kernel. */
static size_t drop(struct connection *connection) {
  ssize_t got = recv(connection->fd, NULL, READ_BYTES, MSG_TRUNC | MSG_DONTWAIT);
  if (got == 0) errno = ECONNRESET;
  if (got == 0 || (got < 0 && errno != EAGAIN)) fail("recv");
  return got < 0 ? 0 : got;
}

static void echo(int inFlight, int ms) {
  prepareBatch(inFlight);
  struct run run = startRun(ms);
  unsigned long long messages = 0;
  int busy = count;
  for (int i = 0; i < count; i++) {
    connections[i].owed = replyBytes * inFlight;
    sendBatch(&connections[i]);
  }
  while (busy > 0) {
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(epoll, events, EVENTS, 10000);
    if (ready == 0) errno = ETIMEDOUT;
    if (ready <= 0) fail("no answer");
    int over = now() >= run.until;
    for (int i = 0; i < ready; i++) {
      struct connection *connection = events[i].data.ptr;
      if (events[i].events & EPOLLOUT) sendRest(connection, 1);
      if (!(events[i].events & ~EPOLLOUT)) continue;
      connection->owed -= drop(connection);
      if (connection->owed > 0) continue;
      messages += inFlight;
      connection->owed = replyBytes * inFlight;
      if (over) busy--;
      else sendBatch(connection);
    }
  }
  tellRun(run, messages);
}

static void broadcast(int inFlight, int ms) {
  prepareBatch(inFlight);
  struct run run = startRun(ms);
  unsigned long long messages = 0;
  size_t round = replyBytes * inFlight * count;
  do {
    sendBatch(&connections[0]);
    for (long long owed = round; owed > 0;) {
      struct epoll_event events[EVENTS];
      int ready = epoll_wait(epoll, events, EVENTS, 10000);
      if (ready == 0) errno = ETIMEDOUT;
      if (ready <= 0) fail("no answer");
      for (int i = 0; i < ready; i++) {
        if (events[i].events & EPOLLOUT) sendRest(events[i].data.ptr, 1);
        if (events[i].events & ~EPOLLOUT) owed -= drop(events[i].data.ptr);
      }
    }
    messages += (unsigned long long)inFlight * count;
  } while (now() < run.until);
  tellRun(run, messages);
}

/* What opens here stays open until `reset`, so that only the opening is measured. */
static void handshakes(int port, int atOnce, int total) {
  struct run run = startRun(0);
  int from = count, opened = 0;
  errno = EMFILE;
  if (from + total > MAX_CONNECTIONS) fail("handshakes");
  while (opened < total) {
    for (; count < from + total && count - from - opened < atOnce; count++) {
      connections[count].fd = openSocket(port, SOCK_NONBLOCK);
      watch(EPOLL_CTL_ADD, &connections[count], EPOLLOUT);
    }
    struct epoll_event events[EVENTS];
    int ready = epoll_wait(epoll, events, EVENTS, 10000);
    if (ready == 0) errno = ETIMEDOUT;
    if (ready <= 0) fail("no answer");
    for (int i = 0; i < ready; i++) {
      struct connection *connection = events[i].data.ptr;
      if (events[i].events & EPOLLOUT) {
        if (send(connection->fd, request, requestBytes, MSG_NOSIGNAL) < 0) fail("send");
        watch(EPOLL_CTL_MOD, connection, EPOLLIN);
        continue;
      }
      char answer[4096];
      ssize_t got = recv(connection->fd, answer, sizeof answer, 0);
      if (got < 12 || memcmp(answer, "HTTP/1.1 101", 12) != 0) fail("opening handshake");
      opened++;
    }
  }
  tellRun(run, total);
}

static void resetAll(void) {
  while (count > 0) close(connections[--count].fd);
  printf("{}\n");
}

static size_t fromHex(const char *hex, char **bytes) {
  size_t length = strspn(hex, "0123456789abcdef") / 2;
  free(*bytes);
  *bytes = malloc(length + 1);
  for (size_t i = 0; i < length; i++) {
    char digits[] = {hex[2 * i], hex[2 * i + 1], 0};
    (*bytes)[i] = strtol(digits, NULL, 16);
  }
  return length;
}

int main(void) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  epoll = epoll_create1(0);

  char *line = NULL;
  size_t capacity = 0;
  while (getline(&line, &capacity, stdin) > 0) {
    char *parameters = strchr(line, ' ');
    if (parameters == NULL) parameters = "";
    else *parameters++ = 0;
    line[strcspn(line, "\n")] = 0;
    int first = 0, second = 0, third = 0;
    sscanf(parameters, "%d %d %d", &first, &second, &third);
    if (strcmp(line, "request") == 0) {
      requestBytes = fromHex(parameters, &request);
      printf("{}\n");
    } else if (strcmp(line, "open") == 0) {
      openConnections(first, second);
    } else if (strcmp(line, "frame") == 0) {
      frameBytes = fromHex(parameters, &frame);
      replyBytes = strtoul(parameters + 2 * frameBytes, NULL, 10);
      if (replyBytes == 0) replyBytes = learnReply();
      printf("{\"replyBytes\":%zu}\n", replyBytes);
    } else if (strcmp(line, "echo") == 0) {
      echo(first, second);
    } else if (strcmp(line, "broadcast") == 0) {
      broadcast(first, second);
    } else if (strcmp(line, "handshakes") == 0) {
      handshakes(first, second, third);
    } else if (strcmp(line, "reset") == 0) {
      resetAll();
    } else {
      errno = EINVAL;
      fail("unknown command");
    }
    fflush(stdout);
  }
  return 0;
}
