#include "redis/Scripts.h"

#include <QCryptographicHash>

namespace concierge::redis {

ScriptId Scripts::add(QByteArray lua)
{
    QByteArray sha = QCryptographicHash::hash(lua, QCryptographicHash::Sha1).toHex();
    m_scripts.push_back({std::move(lua), std::move(sha), 0});
    return ScriptId(m_scripts.size() - 1);
}

} // namespace concierge::redis
