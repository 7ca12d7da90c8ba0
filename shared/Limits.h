#pragma once

#include <cstddef>

/// Fixed limits of the contract. What an operator may change is a setting (server/app/Config) instead.
namespace concierge::limits {

inline constexpr int idMaxCharacters = 128; ///< user, chat and message ids, in UTF-16 code units
inline constexpr int jsonMaxDepth = 64;     ///< arrays and objects within each other, in an event
/// The same in any packet: deeper than a client's JSON.stringify gets, whose stack ends before. Beyond it the
/// connection is closed, at once: reading on to the end of a megabyte would hold up others.
inline constexpr int packetMaxDepth = 10'000;
inline constexpr int maxIds = 5'000;              ///< of one event's array
inline constexpr int maxAttachments = 10;         ///< binary attachments of one Socket.IO packet
inline constexpr std::size_t headMaxBytes = 8192; ///< HTTP request line and headers together

} // namespace concierge::limits
