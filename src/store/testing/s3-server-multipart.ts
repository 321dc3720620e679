import { createHash, randomUUID } from 'node:crypto';
import {
  checkNewObject,
  checkWriteConditions,
  etagOf,
  makeObject,
  type S3Bucket,
  type S3Reply,
  type S3Upload,
  type Written,
} from './s3-server-objects.ts';
import { queryValue, S3Refusal, type S3Request } from './s3-server-request.ts';
import { elementsOf, textOf, type XmlElement, xmlDocument } from './s3-server-xml.ts';

const MAX_PART_NUMBER = 10_000;

const xml = (body: string): S3Reply => ({
  status: 200,
  headers: { 'Content-Type': 'application/xml' },
  body,
});

export function createUpload(bucketName: string, bucket: S3Bucket, request: S3Request): S3Reply {
  checkNewObject(bucket, request);
  const id = randomUUID();
  bucket.uploads.set(id, { key: request.key, parts: new Map(), headers: request.headers });
  return xml(
    xmlDocument('InitiateMultipartUploadResult', [
      ['Bucket', bucketName],
      ['Key', request.key],
      ['UploadId', id],
    ]),
  );
}

function uploadOf(bucket: S3Bucket, request: S3Request): { readonly id: string; readonly upload: S3Upload } {
  const id = queryValue(request, 'uploadId') ?? '';
  const upload = bucket.uploads.get(id);
  if (upload !== undefined && upload.key === request.key) return { id, upload };
  throw new S3Refusal(404, 'NoSuchUpload', 'The specified multipart upload does not exist.');
}

export function uploadPart(bucket: S3Bucket, request: S3Request, { bytes }: Written): S3Reply {
  const { upload } = uploadOf(bucket, request);
  const number = Number(queryValue(request, 'partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > MAX_PART_NUMBER) {
    throw new S3Refusal(
      400,
      'InvalidArgument',
      `Part number must be an integer between 1 and ${MAX_PART_NUMBER}`,
    );
  }
  const etag = etagOf(bytes);
  upload.parts.set(number, { bytes, etag });
  return { status: 200, headers: { ETag: etag } };
}

/** Makes the object of the parts that the body names, if all is as it has to be. */
export function completeUpload(bucket: S3Bucket, request: S3Request, { bytes, now }: Written): S3Reply {
  const { id, upload } = uploadOf(bucket, request);
  const parts = namedParts(bytes.toString(), upload, bucket.minPartBytes);
  checkWriteConditions(request, bucket.objects.get(request.key));
  const digests = parts.map(({ etag }) => Buffer.from(etag.slice(1, -1), 'hex'));
  const digest = createHash('md5').update(Buffer.concat(digests)).digest('hex');
  const content = Buffer.concat(parts.map((part) => part.bytes));
  const etag = `"${digest}-${parts.length}"`;
  bucket.objects.set(request.key, makeObject(content, { headers: upload.headers, etag, now }));
  bucket.uploads.delete(id);
  return xml(
    xmlDocument('CompleteMultipartUploadResult', [
      ['Key', request.key],
      ['ETag', etag],
    ]),
  );
}

function namedParts(
  body: string,
  { parts }: S3Upload,
  minPartBytes: number,
): { bytes: Buffer; etag: string }[] {
  const named = elementsOf(body, 'Part').map((part) => ({
    number: Number(textOf(part, 'PartNumber')),
    etag: textOf(part, 'ETag') ?? '',
  }));
  if (named.length === 0) {
    throw new S3Refusal(400, 'MalformedXML', 'The XML you provided was not well-formed or did not validate');
  }
  return named.map(({ number, etag }, index) => {
    if (index > 0 && number <= (named[index - 1]?.number ?? 0)) {
      throw new S3Refusal(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.');
    }
    const part = parts.get(number);
    if (part === undefined || part.etag.replaceAll('"', '') !== etag.replaceAll('"', '')) {
      throw new S3Refusal(400, 'InvalidPart', 'One or more of the specified parts could not be found.');
    }
    if (index < named.length - 1 && part.bytes.length < minPartBytes) {
      throw new S3Refusal(
        400,
        'EntityTooSmall',
        'Your proposed upload is smaller than the minimum allowed size',
      );
    }
    return part;
  });
}

export function abortUpload(bucket: S3Bucket, request: S3Request): S3Reply {
  bucket.uploads.delete(uploadOf(bucket, request).id);
  return { status: 204 };
}

export function listParts(bucket: S3Bucket, request: S3Request): S3Reply {
  const { id, upload } = uploadOf(bucket, request);
  const parts = [...upload.parts].sort(([a], [b]) => a - b);
  return xml(
    xmlDocument('ListPartsResult', [
      ['Key', upload.key],
      ['UploadId', id],
      ['IsTruncated', false],
      ...parts.map(
        ([number, { bytes, etag }]): XmlElement => [
          'Part',
          [
            ['PartNumber', number],
            ['ETag', etag],
            ['Size', bytes.length],
          ],
        ],
      ),
    ]),
  );
}

export function listUploads(bucketName: string, bucket: S3Bucket): S3Reply {
  return xml(
    xmlDocument('ListMultipartUploadsResult', [
      ['Bucket', bucketName],
      ['IsTruncated', false],
      ...[...bucket.uploads].map(
        ([id, { key }]): XmlElement => [
          'Upload',
          [
            ['Key', key],
            ['UploadId', id],
          ],
        ],
      ),
    ]),
  );
}
