#pragma once

#include <cstddef>

/// Fixed limits of the contract. What an operator may change is a setting (server/app/Config) instead.
namespace concierge::limits {

inline constexpr int idMaxCharacters = 128; ///< user, chat and message ids, in UTF-16 code units
inline constexpr int jsonMaxDepth = 64;     ///< arrays and objects within each other, in an event
/// The same in any packet: as deep as a payload of the default size can be. Beyond it the connection is
/// closed.
inline constexpr int packetMaxDepth = 1'000'000;
inline constexpr int maxAttachments = 10;         ///< binary attachments of one Socket.IO packet
inline constexpr std::size_t headMaxBytes = 8192; ///< HTTP request line and headers together

} // namespace concierge::limits
