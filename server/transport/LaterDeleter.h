#pragma once

#include <QObject>

namespace concierge::transport {

/// For an object that may be in one of its own signals while it is given up.
struct LaterDeleter
{
    void operator()(QObject *object) const { object->deleteLater(); }
};

} // namespace concierge::transport
