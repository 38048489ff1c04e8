/*
 * The callers of the gateway's bench: CONNECTIONS keep-alive connections that send the request of a file again and again,
 * as soon as they have their answer, or at RATE requests a second in all (0: as fast as it goes).
 *
 * Prints one line of JSON: requests, failures, pieces (data events of streams), seconds, and percentiles in microseconds of
 * the whole answer and of its first byte. At a rate, time counts from when a request was due, so that a stall is not hidden.
 *
 * The first WARM seconds do not count: connections that are made and closed throw away compiled code of the gateway's
 * runtime, which would otherwise be measured in each round. When they are over it prints the line "warm".
 *
 * Usage: load PORT CONNECTIONS WARM SECONDS RATE REQUEST_FILE
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
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 4096
#define BUFFER (1 << 18)
#define MAX_SAMPLES (1 << 22)

struct connection {
  int fd, busy, head_done, chunked, first_seen;
  size_t sent, expected, seen, length;
  double due;
  char tail[16];
  char head[8192];
};

static struct connection connections[MAX_CONNECTIONS];
static char *request;
static size_t request_length;
static float *whole, *first;
static size_t samples, first_samples, failures, pieces;
static struct sockaddr_in address;
static int epoll_fd;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void flush_out(struct connection *one) {
  while (one->sent < request_length) {
    ssize_t n = send(one->fd, request + one->sent, request_length - one->sent, MSG_NOSIGNAL);
    if (n < 0) return;
    one->sent += (size_t)n;
  }
}

static void connect_one(struct connection *one) {
  one->fd = socket(AF_INET, SOCK_STREAM, 0);
  int yes = 1;
  setsockopt(one->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (connect(one->fd, (struct sockaddr *)&address, sizeof address) != 0) { perror("connect"); exit(1); }
  fcntl(one->fd, F_SETFL, O_NONBLOCK);
  struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = one };
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, one->fd, &event);
}

/* No two requests are alike: the eight at signs of the file become a number. */
static void number_request(void) {
  static unsigned counter;
  static char *place;
  if (place == NULL) place = memmem(request, request_length, "@@@@@@@@", 8);
  if (place == NULL) return;
  char digits[9];
  sprintf(digits, "%08x", counter++);
  memcpy(place, digits, 8);
}

static void begin(struct connection *one, double due) {
  number_request();
  one->busy = 1;
  one->head_done = one->chunked = one->first_seen = 0;
  one->sent = one->expected = one->seen = one->length = 0;
  memset(one->tail, 0, sizeof one->tail);
  one->due = due;
  flush_out(one);
}

static void done(struct connection *one) {
  if (samples < MAX_SAMPLES) whole[samples] = (float)(now() - one->due);
  samples++;
  if (strncmp(one->head, "HTTP/1.1 200", 12) != 0) failures++;
  one->busy = 0;
}

/* Counts data events, whose beginning a network chunk may cut. */
static void count_pieces(struct connection *one, const char *data, size_t n) {
  static char joined[BUFFER + 16];
  size_t kept = strlen(one->tail);
  memcpy(joined, one->tail, kept);
  memcpy(joined + kept, data, n);
  joined[kept + n] = 0;
  char *at = joined;
  while ((at = strstr(at, "data:")) != NULL) { pieces++; at += 5; }
  size_t total = kept + n, keep = total < 4 ? total : 4;
  memcpy(one->tail, joined + total - keep, keep);
  one->tail[keep] = 0;
}

static int take(struct connection *one, char *data, size_t n) {
  if (!one->first_seen) {
    one->first_seen = 1;
    if (first_samples < MAX_SAMPLES) first[first_samples++] = (float)(now() - one->due);
  }
  if (!one->head_done) {
    size_t room = sizeof one->head - 1 - one->length, part = n < room ? n : room;
    memcpy(one->head + one->length, data, part);
    one->length += part;
    one->head[one->length] = 0;
    char *end = strstr(one->head, "\r\n\r\n");
    if (end == NULL) return 0;
    one->head_done = 1;
    size_t head = (size_t)(end - one->head) + 4;
    char *announced = strcasestr(one->head, "\r\ncontent-length:");
    one->chunked = announced == NULL || announced > end;
    if (!one->chunked) one->expected = strtoul(announced + 17, NULL, 10);
    size_t of_head = head - (one->length - part);
    data += of_head;
    n -= of_head;
  }
  one->seen += n;
  if (!one->chunked) return one->seen >= one->expected;
  if (n == 0) return 0;
  count_pieces(one, data, n);
  return n >= 5 && memcmp(data + n - 5, "0\r\n\r\n", 5) == 0;
}

static int by_value(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return x < y ? -1 : x > y;
}

static double percentile(float *values, size_t count, double p) {
  if (count == 0) return 0;
  size_t at = (size_t)((double)count * p);
  return values[at < count ? at : count - 1];
}

int main(int argc, char **argv) {
  if (argc != 7) { fprintf(stderr, "usage: load PORT CONNECTIONS WARM SECONDS RATE REQUEST_FILE\n"); return 64; }
  signal(SIGPIPE, SIG_IGN);
  int count = atoi(argv[2]);
  double warm = atof(argv[3]), seconds = atof(argv[4]), rate = atof(argv[5]);
  FILE *file = fopen(argv[6], "rb");
  if (file == NULL) { perror(argv[6]); return 1; }
  request = malloc(1 << 22);
  request_length = fread(request, 1, 1 << 22, file);
  fclose(file);
  whole = malloc(sizeof(float) * MAX_SAMPLES);
  first = malloc(sizeof(float) * MAX_SAMPLES);
  address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  epoll_fd = epoll_create1(0);
  for (int i = 0; i < count; i++) connect_one(&connections[i]);
  double start = now(), from = start + warm * 1e6, end = from + seconds * 1e6, next = start;
  int counting = 0;
  if (rate == 0) for (int i = 0; i < count; i++) begin(&connections[i], now());
  static char buffer[BUFFER];
  struct epoll_event events[256];
  for (;;) {
    double t = now();
    if (t >= end) break;
    if (!counting && t >= from) {
      counting = 1;
      samples = first_samples = pieces = 0;
      printf("warm\n");
      fflush(stdout);
    }
    if (rate > 0) {
      for (int i = 0; i < count && next <= t; i++) {
        if (connections[i].busy) continue;
        begin(&connections[i], next);
        next += 1e6 / rate;
      }
    }
    int wait = rate > 0 ? 1 : 100;
    int n = epoll_wait(epoll_fd, events, 256, wait);
    for (int i = 0; i < n; i++) {
      struct connection *one = events[i].data.ptr;
      if (one->busy && one->sent < request_length) flush_out(one);
      for (;;) {
        ssize_t got = recv(one->fd, buffer, sizeof buffer, 0);
        if (got < 0) break;
        if (got == 0) {
          if (one->busy) failures++;
          close(one->fd);
          connect_one(one);
          one->busy = 0;
          if (rate == 0) begin(one, now());
          break;
        }
        if (one->busy && take(one, buffer, (size_t)got)) {
          done(one);
          if (rate == 0) begin(one, now());
        }
      }
    }
  }
  double took = (now() - from) / 1e6;
  size_t kept = samples < MAX_SAMPLES ? samples : MAX_SAMPLES;
  qsort(whole, kept, sizeof(float), by_value);
  qsort(first, first_samples, sizeof(float), by_value);
  printf("{\"requests\":%zu,\"failures\":%zu,\"pieces\":%zu,\"seconds\":%.3f,\"p50Us\":%.0f,\"p99Us\":%.0f,\"firstP50Us\":%.0f,\"firstP99Us\":%.0f}\n",
    samples, failures, pieces, took, percentile(whole, kept, 0.5), percentile(whole, kept, 0.99),
    percentile(first, first_samples, 0.5), percentile(first, first_samples, 0.99));
  return 0;
}
