#include "line.hpp"

#include <modbus/modbus.h>
#include <netdb.h>
#include <sys/select.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "serial/device.hpp"
#include "tidegate/error.hpp"

namespace tidegate::modbus {
namespace {

using namespace std::chrono_literals;

const char* why_connecting_failed(int code) {
  if (code == ETIMEDOUT) return "it does not answer within the timeout";
  return code < 0 ? ::gai_strerror(code) : std::strerror(code);
}

// Of what libmodbus says of an answer.
const char* why_garbled(int code) {
  switch (code) {
    case EMBBADCRC:
      return "its checksum is wrong";
    case EMBBADSLAVE:
      return "it is that of another unit";
    case EMBBADEXC:
      return "it is an exception that the standard does not know, or to another request";
    case EMBBADDATA:
    case EMBMDATA:
      return "it does not fit the request";
    default:
      return nullptr;
  }
}

}  // namespace

void line::release::operator()(_modbus* context) const noexcept { ::modbus_free(context); }

line::line(line_settings with, const stop_signal& stop) : settings_{std::move(with)}, stop_{stop} {}

line::~line() { close(); }

void line::open() {
  close();
  const int number = is_serial() ? open_port() : open_connection();
  // libmodbus waits by select(2), which takes no higher ones; with fortified libraries it would abort.
  if (number >= FD_SETSIZE) {
    close();
    throw temporary(settings_.name() +
                    " cannot be used: too many files are open, and libmodbus takes only the first " +
                    std::to_string(FD_SETSIZE));
  }
  context_.reset(is_serial() ? ::modbus_new_rtu("port", static_cast<int>(settings_.serial->baud), 'N', 8, 1)
                             : ::modbus_new_tcp(nullptr, settings_.port));
  if (!context_) {
    close();
    throw temporary("there is no memory left for " + settings_.name());
  }
  const auto microseconds = std::max<std::int64_t>(settings_.timeout / 1us, 1);
  ::modbus_set_socket(context_.get(), number);
  ::modbus_set_response_timeout(context_.get(), static_cast<std::uint32_t>(microseconds / 1'000'000),
                                static_cast<std::uint32_t>(microseconds % 1'000'000));
  // So that the timeout is that of the whole answer, however slowly its bytes drip in.
  ::modbus_set_byte_timeout(context_.get(), 0, 0);
}

int line::open_port() {
  const auto path = serial::find_device(*settings_.serial);
  port_.emplace(path, *settings_.serial);
  opened_ = path + ": " + settings_.serial->line();
  return port_->number();
}

int line::open_connection() {
  const tls::patience limit{std::chrono::ceil<std::chrono::milliseconds>(settings_.timeout),
                            stop_.is_given()};
  socket_.emplace();
  const int failed = socket_->connect(settings_.endpoint, settings_.port, limit);
  if (failed != 0) {
    socket_.reset();
    throw temporary(settings_.name() + " cannot be connected to: " + why_connecting_failed(failed));
  }
  opened_ = settings_.name();
  return socket_->get();
}

// Never modbus_close(): it would give the port settings back that it has not saved.
void line::close() noexcept {
  context_.reset();
  port_.reset();
  socket_.reset();
}

// What is there before a request is no answer. False: the peer has closed the connection meanwhile, or has
// sent what it was not asked for, and nobody knows where that ends.
bool line::forget_input() noexcept {
  if (port_) {
    port_->discard_input();
    return true;
  }
  char first = 0;
  return ::recv(socket_->get(), &first, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EINTR);
}

answer line::ask(int unit, const read_request& what, std::span<std::uint16_t> into) {
  const auto unit_quiet_until = unit_quiet_until_[static_cast<std::size_t>(unit)];
  if (!stop_.wait_until(std::max(quiet_until_, unit_quiet_until))) return {};
  if (!forget_input()) {
    close();
    return {answer::kind::lost, 0, "the peer has closed the connection"};
  }
  ::modbus_set_slave(context_.get(), unit);
  const auto sent = clock::now();
  errno = 0;
  const int got = read(what, into);
  const int failed = errno;
  quiet_until_ = clock::now() + settings_.pause;
  if (got == what.count) return {answer::kind::values};
  return fail(failed, unit, sent);
}

int line::read(const read_request& what, std::span<std::uint16_t> into) {
  auto* context = context_.get();
  if (!is_of_bits(what.table))
    return what.table == table::holding_register
               ? ::modbus_read_registers(context, what.address, what.count, into.data())
               : ::modbus_read_input_registers(context, what.address, what.count, into.data());
  const int got = what.table == table::coil
                      ? ::modbus_read_bits(context, what.address, what.count, bits_.data())
                      : ::modbus_read_input_bits(context, what.address, what.count, bits_.data());
  if (got == what.count) std::copy_n(bits_.begin(), what.count, into.begin());
  return got;
}

answer line::fail(int code, int unit, clock::time_point sent) {
  if (code > MODBUS_ENOBASE && code < MODBUS_ENOBASE + MODBUS_EXCEPTION_MAX)
    return {answer::kind::exception, code - MODBUS_ENOBASE};
  const bool is_silent = code == ETIMEDOUT || code == EAGAIN;
  const char* garbled = why_garbled(code);
  if (!is_serial() || (!is_silent && garbled == nullptr)) close();
  if (is_silent) {
    if (is_serial()) unit_quiet_until_[static_cast<std::size_t>(unit)] = clock::now() + settings_.timeout;
    return {answer::kind::none};
  }
  if (garbled == nullptr) return {answer::kind::lost, 0, is_serial() ? "it is gone" : std::strerror(code)};
  quiet_until_ = std::max(quiet_until_, sent + settings_.timeout);
  return {answer::kind::garbled, 0, garbled};
}

}  // namespace tidegate::modbus
