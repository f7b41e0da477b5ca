// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/benchimages.h"

#include "base/expected.h"
#include "models/aside.h"
#include "widgets/flowlayout.h"

#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QLocale>
#include <QToolButton>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace retryscope {
namespace {

constexpr qint64 largestImage = 20 << 20; ///< bytes; vendors take no larger one

struct ImageKind
{
    const char *head;
    int length, at;
    const char *mediaType;
};
constexpr std::array imageKinds{ImageKind{"\x89PNG", 4, 0, "image/png"}, ImageKind{"\xff\xd8\xff", 3, 0, "image/jpeg"},
                                ImageKind{"GIF8", 4, 0, "image/gif"}, ImageKind{"WEBP", 4, 8, "image/webp"}};

/// By its first bytes: names lie.
Expected<ChatPart, QString> readImage(const QString &path)
{
    const QString name = QFileInfo(path).fileName();
    QFile file(path);
    if (!QFileInfo(path).isFile() || !file.open(QIODevice::ReadOnly))
        return Unexpected{BenchImages::tr("%1 cannot be read.").arg(name)};
    if (file.size() > largestImage)
        return Unexpected{BenchImages::tr("%1 is larger than 20 MB; no provider takes it.").arg(name)};
    ChatPart part;
    part.kind = ChatPart::Kind::Image;
    part.data = file.read(largestImage);
    for (const ImageKind &kind : imageKinds) {
        if (part.data.mid(kind.at, kind.length) == QByteArray(kind.head, kind.length))
            part.mediaType = QLatin1String(kind.mediaType);
    }
    if (part.mediaType.isEmpty())
        return Unexpected{BenchImages::tr("%1 is no PNG, JPEG, GIF or WebP picture.").arg(name)};
    return part;
}

} // namespace

QVector<ChatPart> imagesIn(const QVector<ChatPart> &parts)
{
    QVector<ChatPart> images;
    std::copy_if(parts.begin(), parts.end(), std::back_inserter(images),
                 [](const ChatPart &part) { return part.kind == ChatPart::Kind::Image; });
    return images;
}

QString textIn(const QVector<ChatPart> &parts)
{
    QString text;
    for (const ChatPart &part : parts) {
        if (part.kind == ChatPart::Kind::Text)
            text += part.text;
    }
    return text;
}

BenchImages::BenchImages(QWidget *parent) : QWidget(parent), m_flow(new FlowLayout(6, this)), m_error(new QLabel)
{
    m_error->setObjectName(QStringLiteral("imageError"));
    m_error->setTextFormat(Qt::PlainText);
    m_error->setVisible(false);
    m_flow->addWidget(m_error);
    setVisible(false);
}

void BenchImages::choose()
{
    const QStringList paths = QFileDialog::getOpenFileNames(this, tr("Pictures for the prompt"), {},
                                                            tr("Pictures (*.png *.jpg *.jpeg *.gif *.webp)"));
    for (const QString &path : paths)
        addFile(path);
}

void BenchImages::addFile(const QString &path)
{
    aside(
        this, [path] { return readImage(path); },
        [this, path](const Expected<ChatPart, QString> &part) {
            part ? add(QFileInfo(path).fileName(), *part) : complain(part.error());
        });
}

void BenchImages::add(const QString &name, const ChatPart &part)
{
    auto *chip = new QToolButton;
    chip->setProperty("chip", true);
    chip->setText(QStringLiteral("%1 · %2  ✕").arg(name, QLocale().formattedDataSize(part.data.size(), 0)));
    chip->setToolTip(tr("Take this picture away"));
    chip->setAccessibleName(tr("Picture %1: take it away").arg(name));
    connect(chip, &QToolButton::clicked, this, [this, chip] {
        m_images.removeIf([chip](const Image &image) { return image.chip == chip; });
        m_flow->removeWidget(chip);
        chip->deleteLater();
        setVisible(!m_images.isEmpty());
        emit changed();
    });
    m_flow->addWidget(chip);
    m_images.append({chip, part});
    m_error->setVisible(false);
    setVisible(true);
    updateGeometry();
    emit changed();
}

void BenchImages::complain(const QString &sentence)
{
    m_error->setText(QStringLiteral("✗ ") + sentence);
    m_error->setVisible(true);
    setVisible(true);
    updateGeometry();
}

void BenchImages::setParts(const QVector<ChatPart> &parts)
{
    for (const Image &image : std::exchange(m_images, {})) {
        m_flow->removeWidget(image.chip);
        image.chip->deleteLater();
    }
    m_error->setVisible(false);
    setVisible(false);
    for (const ChatPart &part : parts)
        add(tr("Picture %1").arg(m_images.size() + 1), part);
    emit changed();
}

QVector<ChatPart> BenchImages::parts() const
{
    QVector<ChatPart> all;
    for (const Image &image : m_images)
        all.append(image.part);
    return all;
}

} // namespace retryscope
