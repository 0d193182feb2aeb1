#include "exceptions.hpp"

namespace tidegate::modbus {

std::string text_of_exception(int code) {
  switch (code) {
    case 1:
      return "illegal function; it has no such table, choose another 'table'";
    case 2:
      return "illegal data address; addresses count from 0, what manuals call 40001 is holding_register 0, "
             "and "
             "with max_gap: 0 none is read that is not asked for";
    case 3:
      return "illegal data value; if it gives no more registers at once, lower max_registers";
    case 4:
      return "device failure; look at the unit itself";
    case 5:
    case 6:
      return "it is busy; if that is often so, make 'interval' longer";
    case 8:
      return "memory parity error; look at the unit itself";
    case 10:
      return "the gateway has no way to it; look at the gateway's own configuration";
    case 11:
      return "the gateway gets no answer from it; is it on, and is this its number?";
    default:
      return "exception " + std::to_string(code) + "; its manual says what that means";
  }
}

}  // namespace tidegate::modbus
