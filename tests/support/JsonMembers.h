#pragma once

#include "socketio/Json.h"

#include <vector>

namespace concierge::test {

/// All members of a validated object, in order.
inline std::vector<json::Member> members(QByteArrayView object)
{
    std::vector<json::Member> list;
    json::MemberReader reader(object);
    for (json::Member member; reader.next(member);)
        list.push_back(member);
    return list;
}

} // namespace concierge::test
