/*
 * The vendor of the gateway's bench: answers POST requests as cheaply as a machine can, so that what is measured is the
 * gateway. A request whose body says "stream":true is answered with server-sent events, one every PACE milliseconds.
 *
 * Usage: upstream PORT ANSWER_BYTES CHUNKS PACE_MS
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define MAX_CONNECTIONS 4096
#define MAX_REQUEST (1 << 20)

struct connection {
  char *in;
  size_t length;
  int streaming; /* chunks still to send, plus one for the end */
};

static struct connection connections[MAX_CONNECTIONS];
static char *whole;
static size_t whole_length;
static int chunks;
static int streams[MAX_CONNECTIONS];
static int stream_count;

static void send_all(int fd, const char *data, size_t length) {
  while (length > 0) {
    ssize_t sent = send(fd, data, length, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EAGAIN) { usleep(100); continue; }
      return;
    }
    data += sent;
    length -= (size_t)sent;
  }
}

/* The answer: a chat completion whose text fills it up to the wanted size. */
static void make_whole(size_t bytes) {
  const char *before = "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":\"bench\","
    "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"";
  const char *after = "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":500,\"completion_tokens\":400,\"total_tokens\":900}}";
  size_t frame = strlen(before) + strlen(after);
  size_t text = bytes > frame ? bytes - frame : 1;
  char head[256];
  int head_length = sprintf(head, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_bench\r\ncontent-length: %zu\r\n\r\n", frame + text);
  whole = malloc((size_t)head_length + frame + text);
  char *at = whole;
  memcpy(at, head, (size_t)head_length); at += head_length;
  memcpy(at, before, strlen(before)); at += strlen(before);
  for (size_t i = 0; i < text; i++) *at++ = "the quick brown fox jumps over a lazy dog. "[i % 43];
  memcpy(at, after, strlen(after)); at += strlen(after);
  whole_length = (size_t)(at - whole);
}

static void send_chunk(int fd, const char *event) {
  char out[1024];
  int length = snprintf(out, sizeof out, "%zx\r\n%s\r\n", strlen(event), event);
  send_all(fd, out, (size_t)length);
}

static void begin_stream(int fd) {
  const char *head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
  send_all(fd, head, strlen(head));
  connections[fd].streaming = chunks + 1;
  streams[stream_count++] = fd;
}

static void tick(void) {
  for (int i = 0; i < stream_count;) {
    int fd = streams[i];
    struct connection *one = &connections[fd];
    if (one->streaming > 1) {
      send_chunk(fd, "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\","
        "\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"},\"finish_reason\":null}]}\n\n");
      one->streaming--;
      i++;
    } else {
      send_chunk(fd, "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\","
        "\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
        "data: {\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\","
        "\"choices\":[],\"usage\":{\"prompt_tokens\":500,\"completion_tokens\":400,\"total_tokens\":900}}\n\ndata: [DONE]\n\n");
      send_all(fd, "0\r\n\r\n", 5);
      one->streaming = 0;
      streams[i] = streams[--stream_count];
    }
  }
}

static void forget(int fd) {
  for (int i = 0; i < stream_count; i++) {
    if (streams[i] == fd) { streams[i] = streams[--stream_count]; break; }
  }
  free(connections[fd].in);
  memset(&connections[fd], 0, sizeof connections[fd]);
  close(fd);
}

/* Answers every whole request that has arrived. */
static void answer(int fd) {
  struct connection *one = &connections[fd];
  for (;;) {
    one->in[one->length] = 0;
    char *end = strstr(one->in, "\r\n\r\n");
    if (end == NULL) return;
    size_t head = (size_t)(end - one->in) + 4;
    size_t body = 0;
    char *announced = strcasestr(one->in, "\r\ncontent-length:");
    char *chunked = strcasestr(one->in, "\r\ntransfer-encoding: chunked");
    size_t total;
    if (announced != NULL && announced < end) {
      body = strtoul(announced + 17, NULL, 10);
      total = head + body;
    } else if (chunked != NULL && chunked < end) {
      char *last = strstr(end, "\r\n0\r\n\r\n");
      if (last == NULL) return;
      total = (size_t)(last - one->in) + 7;
    } else total = head;
    if (one->length < total) return;
    char kept = one->in[total];
    one->in[total] = 0;
    int streamed = strstr(end, "\"stream\":true") != NULL;
    one->in[total] = kept;
    if (streamed) begin_stream(fd);
    else send_all(fd, whole, whole_length);
    memmove(one->in, one->in + total, one->length - total);
    one->length -= total;
    if (one->length == 0) return;
  }
}

int main(int argc, char **argv) {
  if (argc != 5) { fprintf(stderr, "usage: upstream PORT ANSWER_BYTES CHUNKS PACE_MS\n"); return 64; }
  signal(SIGPIPE, SIG_IGN);
  make_whole(strtoul(argv[2], NULL, 10));
  chunks = atoi(argv[3]);
  long pace = atol(argv[4]);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0) { perror("bind"); return 1; }
  listen(listener, 1024);
  int poll = epoll_create1(0);
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct itimerspec every = { .it_interval = { 0, pace * 1000000L }, .it_value = { 0, pace * 1000000L } };
  timerfd_settime(timer, 0, &every, NULL);
  struct epoll_event event = { .events = EPOLLIN, .data.fd = listener };
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
  event.data.fd = timer;
  epoll_ctl(poll, EPOLL_CTL_ADD, timer, &event);
  printf("ready\n");
  fflush(stdout);
  struct epoll_event events[256];
  for (;;) {
    int count = epoll_wait(poll, events, 256, -1);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        for (;;) {
          int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
          if (client < 0 || client >= MAX_CONNECTIONS) { if (client >= 0) close(client); break; }
          setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
          connections[client].in = malloc(MAX_REQUEST + 1);
          event.data.fd = client;
          epoll_ctl(poll, EPOLL_CTL_ADD, client, &event);
        }
        continue;
      }
      if (fd == timer) {
        uint64_t ticks;
        if (read(timer, &ticks, sizeof ticks) > 0) tick();
        continue;
      }
      struct connection *one = &connections[fd];
      ssize_t got = recv(fd, one->in + one->length, MAX_REQUEST - one->length, 0);
      if (got <= 0) {
        if (got < 0 && errno == EAGAIN) continue;
        forget(fd);
        continue;
      }
      one->length += (size_t)got;
      answer(fd);
    }
  }
}
