// The options that sinks have in common which send messages or requests (sdk/OPTIONS.md), so that one name
// has one meaning, one form and one description in all of them.
//
// Each is a member of an object. Most end within their description: the sink ends the sentence, adds what is
// its own (default, maximum, when) and closes the brace.
#pragma once

#include <string_view>

namespace tidegate::messages::schema {

inline constexpr std::string_view begin = R"({"properties": {)";
inline constexpr std::string_view end = R"(
}})";

// Between two members.
inline constexpr std::string_view next = ",";
// Ends a description and its member, and another one follows, or none.
inline constexpr std::string_view more_members = R"("},)";
inline constexpr std::string_view nothing_more = R"("})";

inline constexpr std::string_view topic = R"(
    "topic": {
      "type": "string", "required": true, "examples": ["Ubuntu/{name}"],
      "description": "The topic of each sample. {name} is the name of its series, {tags.KEY} a tag, {tags.KEY:-text} with a text for those without, {gateway} the gateway's id. A '/', '+' or '#' in a value becomes '_'.)";

// ---- what a message holds ------------------------------------------------------------------------

inline constexpr std::string_view encoding = R"(
    "encoding": {
      "$ref": "tidegate:encoding",
      "description": "How samples become the payload of a message.)";

inline constexpr std::string_view samples_per_message = R"(
    "samples_per_message": {
      "type": "integer", "minimum": 1, "maximum": 100000,
      "description": "How many samples a message has at most; never more than 'batch' lets come together.)";

inline constexpr std::string_view message_max_size = R"(
    "message_max_size": {
      "type": "string", "unit": "size", "minimum": "64B",
      "description": "A payload is not larger: samples that do not fit go into another message, and one that does not fit alone is rejected.)";

inline constexpr std::string_view compression = R"(
    "compression": {
      "type": "string", "enum": ["none", "gzip", "zstd"], "default": "none",
      "description": "Of payloads.)";

// Ends within the description of max_samples: two braces more.
inline constexpr std::string_view batch = R"(
    "batch": {
      "description": "How many samples this sink is handed at a time; samples_per_message cannot be more than max_samples.",
      "properties": {"max_samples": {"type": "integer", "minimum": 1, "description": "Samples of one delivery.)";

// ---- what is said of a message -------------------------------------------------------------------

inline constexpr std::string_view content_type = R"(
    "content_type": {
      "type": "string", "examples": ["application/json"],
      "description": "Of each message; that of the encoding if it is not given.)";

inline constexpr std::string_view retain = R"(
    "retain": {
      "type": "boolean", "default": false,
      "description": "Let the broker keep the last message of each topic for those who subscribe later."
    })";

inline constexpr std::string_view user_properties = R"(
    "user_properties": {
      "additionalProperties": {"type": "string"}, "examples": [{"site": "tokyo-1"}],
      "description": "Names and values that each message bears, for subscribers with MQTT 5.)";

inline constexpr std::string_view message_expiry = R"(
    "message_expiry": {
      "type": "string", "unit": "duration", "minimum": "1s", "maximum": "168h", "examples": ["1h"],
      "description": "How long the broker keeps a message for a subscriber who is away; if not given, for ever.)";

inline constexpr std::string_view message_id = R"(
    "message_id": {
      "type": "boolean", "default": false,
      "description": "Give each message a user property message_id, made of its topic and content: a message that is sent again has the same, so that a consumer can drop it.)";

// ---- how much, and when again --------------------------------------------------------------------

inline constexpr std::string_view limits = R"(
    "limits": {
      "type": "object", "default": {},
      "description": ")";
inline constexpr std::string_view limits_properties = R"(",
      "properties": {)";
inline constexpr std::string_view messages_per_second = R"(
        "messages_per_second": {"type": "integer", "minimum": 1, "examples": [100], "description": "In any second; they go evenly, a twentieth at once and nine tenths in the long run.)";
inline constexpr std::string_view bytes_per_second = R"(
        "bytes_per_second": {"type": "string", "unit": "size", "minimum": "1KiB", "examples": ["512KiB"], "description": "Of payloads, in the long run; a second's worth may go at once.)";
inline constexpr std::string_view limits_end = R"(
      }
    })";

inline constexpr std::string_view retry = R"(
    "retry": {
      "type": "object", "default": {},
      "description": "Delays after trouble: drawn between zero and a bound that doubles from min to max.",
      "properties": {
        "min": {"type": "string", "unit": "duration", "default": "1s", "minimum": "1ms", "description": "The first bound."},
        "max": {"type": "string", "unit": "duration", "default": "2m", "minimum": "1ms", "description": "The last bound, and the longest delay after a refusal that only a human can mend."}
      }
    })";

}  // namespace tidegate::messages::schema
