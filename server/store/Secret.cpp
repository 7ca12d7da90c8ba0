#include "store/Secret.h"

#include <QRandomGenerator>

#include <array>

namespace concierge::store {

QByteArray makeSecret()
{
    std::array<quint32, 8> random{};
    QRandomGenerator::system()->fillRange(random.data(), random.size());
    return QByteArray(reinterpret_cast<const char *>(random.data()), sizeof random);
}

} // namespace concierge::store
