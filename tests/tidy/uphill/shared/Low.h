#pragma once

#include <QByteArray>

#include "metrics/Metrics.h"
