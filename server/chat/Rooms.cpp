#include "chat/Rooms.h"

namespace concierge::chat {

std::optional<Error> refusalToSpeak(const ChatId &chat, const QList<UserId> &members, const UserId &user)
{
    if (members.isEmpty()) {
        return Error{ErrorCode::Forbidden,
                     "chat \"" + chat.utf8() +
                         "\" has no members; join it with joinChat, or name a receiverId"};
    }
    if (members.contains(user))
        return std::nullopt;
    if (user.isEmpty()) {
        return Error{ErrorCode::Forbidden, "only members may speak in chat \"" + chat.utf8() +
                                               "\"; say newUser first, or give data.senderId"};
    }
    return Error{ErrorCode::Forbidden, '"' + user.utf8() + "\" is not a member of chat \"" + chat.utf8() +
                                           "\"; join it with joinChat first"};
}

} // namespace concierge::chat
