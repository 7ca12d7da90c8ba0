#include "monitoring/UserName.h"

#include <array>
#include <pwd.h>

namespace concierge::monitoring {

QString userName(unsigned int uid)
{
    std::array<char, 4096> room{};
    passwd entry{};
    passwd *found = nullptr;
    const QString number = QStringLiteral("uid %1").arg(uid);
    if (::getpwuid_r(uid, &entry, room.data(), room.size(), &found) != 0 || !found)
        return number;
    return QString::fromLocal8Bit(found->pw_name) + QStringLiteral(" (") + number + u')';
}

} // namespace concierge::monitoring
