#include "chat/ErrorCode.h"

namespace concierge::chat {

QByteArrayView toString(ErrorCode code)
{
    switch (code) {
    case ErrorCode::InvalidPayload:
        return "invalid_payload";
    case ErrorCode::NotRegistered:
        return "not_registered";
    case ErrorCode::Unauthorized:
        return "unauthorized";
    case ErrorCode::Forbidden:
        return "forbidden";
    case ErrorCode::SenderMismatch:
        return "sender_mismatch";
    case ErrorCode::RateLimited:
        return "rate_limited";
    case ErrorCode::TooLarge:
        return "too_large";
    case ErrorCode::InboxFull:
        return "inbox_full";
    case ErrorCode::Unavailable:
        return "unavailable";
    case ErrorCode::UnknownEvent:
        return "unknown_event";
    }
    return "unavailable"; // not reached: the switch is complete
}

} // namespace concierge::chat
