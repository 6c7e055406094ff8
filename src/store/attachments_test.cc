// The contract of attachments, on both databases.
#include "store/attachments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/hash.h"
#include "store/test_store.h"

namespace klarsyn {
namespace {

class AttachmentContract : public testing::TestWithParam<Dialect> {
protected:
    void SetUp() override {
        data_ = databases_.fresh(GetParam());
        if (HasFatalFailure()) return;
        store_ = Store::create(data_, test_migrations()).take();
    }
    Connection& db() { return store_->writer(); }
    std::int64_t number(std::string_view sql) { return query_i64(db(), sql, {}, -1).take(); }
    Result<Attachment> add(std::string_view object, std::string_view bytes,
                           const AttachmentLimits& limits = {}) {
        db().begin_write().take();
        auto added = add_attachment(db(), {7, object, "navn.txt", "public", bytes, {}}, limits);
        if (added.ok())
            db().commit().take();
        else
            db().rollback();
        return added;
    }
    std::string content(const Attachment& file) {
        std::string all;
        for (std::int64_t piece = 0;; ++piece) {
            std::string bytes = read_piece(db(), file, piece).take();
            EXPECT_LE(bytes.size(), kAttachmentPiece);
            if (bytes.empty()) return all;
            all += bytes;
        }
    }

    TestDatabases databases_;
    std::string data_;
    std::unique_ptr<Store> store_;
};

TEST_P(AttachmentContract, bytes_come_back_piece_by_piece) {
    for (const std::size_t size :
         {std::size_t{1}, kAttachmentPiece, kAttachmentPiece + 1, 3 * kAttachmentPiece + 17}) {
        std::string bytes;
        while (bytes.size() < size)
            bytes += static_cast<char>(bytes.size() * 31 + bytes.size() / 256);
        const Attachment added = add("K1", bytes).take();
        const auto found = find_attachment(db(), added.token).take();
        ASSERT_TRUE(found.has_value());
        EXPECT_EQ(found->size, static_cast<std::int64_t>(size));
        EXPECT_EQ(found->sha256, sha256_hex(bytes));
        EXPECT_EQ(found->object, "K1");
        EXPECT_EQ(found->name, "navn.txt");
        EXPECT_EQ(found->seq, 7);
        EXPECT_TRUE(content(*found) == bytes) << size;
    }
    EXPECT_EQ(attachments_of(db(), "K1").take().size(), 4u);
    EXPECT_TRUE(attachments_of(db(), "K2").take().empty());
    EXPECT_FALSE(find_attachment(db(), "0000").take().has_value());
}

TEST_P(AttachmentContract, the_same_content_is_kept_once_under_names_nobody_guesses) {
    const Attachment first = add("K1", "samme bytes").take();
    const Attachment second = add("K2", "samme bytes").take();
    EXPECT_EQ(number("SELECT COUNT(*) FROM core_blob"), 1);
    EXPECT_EQ(first.blob, second.blob);
    EXPECT_NE(first.token, second.token);
    EXPECT_EQ(first.token.size(), 40u);
    EXPECT_NE(first.token.substr(0, 8), second.token.substr(0, 8));
}

TEST_P(AttachmentContract, limits_hold_and_a_refused_file_leaves_nothing) {
    AttachmentLimits limits;
    limits.file_bytes = 100;
    limits.object_bytes = 150;
    limits.object_files = 2;
    EXPECT_EQ(add("K1", "", limits).error().key, "store.attachment_empty");
    EXPECT_EQ(add("K1", std::string(101, 'x'), limits).error().key, "store.attachment_too_large");
    add("K1", std::string(100, 'x'), limits).take();
    EXPECT_EQ(add("K1", std::string(51, 'x'), limits).error().key, "store.attachment_quota");
    // The same content costs as much: who sees the sum shall understand it.
    EXPECT_EQ(add("K1", std::string(100, 'x'), limits).error().key, "store.attachment_quota");
    add("K1", std::string(50, 'x'), limits).take();
    limits.object_bytes = 1000;
    EXPECT_EQ(add("K1", "y", limits).error().key, "store.attachment_quota");
    add("K2", "y", limits).take();
    EXPECT_EQ(number("SELECT COUNT(*) FROM core_blob"), 3);
    db().begin_write().take();
    add_attachment(db(), {8, "K3", "z", "public", "zzz", {}}).take();
    db().rollback();
    EXPECT_EQ(number("SELECT COUNT(*) FROM core_blob"), 3);
    EXPECT_EQ(number("SELECT COUNT(*) FROM core_blob_part"), 3);
}

TEST_P(AttachmentContract, orphans_are_swept_and_shared_content_stays) {
    const Attachment first = add("K1", "fælles").take();
    const Attachment second = add("K2", "fælles").take();
    const Attachment alone = add("K1", "alene").take();
    EXPECT_TRUE(remove_attachment(db(), first.token).take());
    EXPECT_FALSE(remove_attachment(db(), first.token).take());
    EXPECT_EQ(sweep_attachments(db()).take(), 0);
    EXPECT_EQ(content(second), "fælles");
    EXPECT_EQ(remove_attachments_of(db(), "K1").take(), 1);
    EXPECT_EQ(sweep_attachments(db()).take(), 1);
    EXPECT_FALSE(find_attachment(db(), alone.token).take().has_value());
    EXPECT_EQ(number("SELECT COUNT(*) FROM core_blob_part"), 1);
    EXPECT_EQ(content(second), "fælles");
}

TEST_P(AttachmentContract, damage_is_found) {
    const Attachment good = add("K1", "helt").take();
    const Attachment cut = add("K1", std::string(kAttachmentPiece + 5, 'x')).take();
    const Attachment changed = add("K1", "ændret").take();
    EXPECT_TRUE(verify_attachments(db()).take().empty());
    db().run("DELETE FROM core_blob_part WHERE blob = :b AND part = 1", {{":b", cut.blob}}).take();
    db().run("UPDATE core_blob_part SET bytes = :x WHERE blob = :b",
             {{":b", changed.blob}, {":x", Blob{"andret"}}})
        .take();
    EXPECT_THAT(verify_attachments(db()).take(),
                testing::UnorderedElementsAre(cut.token, changed.token));
    EXPECT_EQ(read_piece(db(), cut, 1).error().key, "store.attachment_damaged");
    EXPECT_EQ(content(good), "helt");
}

// A bomb is bytes like others: nothing looks inside.
TEST_P(AttachmentContract, bombs_are_only_bytes) {
    const std::string zip("PK\x03\x04" + std::string(60, '\0') + "bomb");
    EXPECT_EQ(content(add("K1", zip).take()), zip);
    const std::string png =
        "\x89PNG\r\n\x1a\n" + std::string("IHDR\x7f\xff\xff\xff\x7f\xff\xff\xff");
    const Attachment kept = add("K1", png).take();
    EXPECT_EQ(kept.type, "image/png");
    EXPECT_EQ(content(kept), png);
}

INSTANTIATE_TEST_SUITE_P(Both, AttachmentContract,
                         testing::Values(Dialect::sqlite, Dialect::postgres),
                         [](const auto& backend) {
                             return backend.param == Dialect::sqlite ? "sqlite" : "postgres";
                         });

}  // namespace
}  // namespace klarsyn
