#pragma once

#include "shared/Clock.h"

#include <QByteArray>
#include <QByteArrayList>
#include <QByteArrayView>

namespace concierge::webhook {

/// The value of `X-Concierge-Signature`: `t=<seconds since 1970>,v1=<hex>`, and one `v1` a key. The hex is
/// the HMAC-SHA256, by the key, of the seconds' text, a dot, and the body's bytes. Thread: any.
QByteArray signatureOf(QByteArrayView body, Milliseconds wall, const QByteArrayList &keys);

} // namespace concierge::webhook
