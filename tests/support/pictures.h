// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QDir>
#include <QList>
#include <QSize>
#include <QString>

namespace suite {

/// Where tests leave the pictures they take: the folder that RETRYSCOPE_PICTURES names, made. Empty: nobody wants to look, so
/// that pages are painted, in one size, and nothing is written.
inline QString pictureFolder()
{
    const QString folder = qEnvironmentVariable("RETRYSCOPE_PICTURES");
    return folder.isEmpty() || QDir().mkpath(folder) ? folder : QString();
}

/// The sizes that a page is painted in.
inline QList<QSize> pictureSizes(const QList<QSize> &all) { return pictureFolder().isEmpty() ? all.first(1) : all; }

/// False: there is no picture, or it cannot be written.
template <typename Picture> bool keep(const Picture &picture, const QString &path)
{
    return !picture.isNull() && (pictureFolder().isEmpty() || picture.save(path));
}

} // namespace suite
