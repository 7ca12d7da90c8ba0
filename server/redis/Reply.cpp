#include "redis/Reply.h"

namespace concierge::redis {

QByteArrayView Reply::errorCode() const noexcept
{
    if (!isError())
        return {};
    const qsizetype space = bytes.indexOf(' ');
    return space < 0 ? QByteArrayView(bytes) : QByteArrayView(bytes).first(space);
}

const Reply &Reply::operator[](std::size_t index) const noexcept
{
    static const Reply none;
    return index < elements.size() ? elements[index] : none;
}

} // namespace concierge::redis
